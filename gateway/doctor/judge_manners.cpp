#include "gateway/doctor/judgements.hpp"

namespace sluice::gateway::doctor {

namespace {

finding judge_resume(const resume_facts& seen) {
    finding result{level::warn, "resume", {}, trouble::resume};
    if (seen.status == 404) {
        result.says =
            "a stream that was begun here is not known when one comes back: another "
            "gateway answers";
    } else if (seen.status != 200) {
        result.says = "coming back to a stream was answered " +
                      (seen.status == 0 ? "by nothing" : std::to_string(seen.status));
    } else if (!seen.first) {
        result.says = "coming back to a stream brought no event in time";
    } else if (*seen.first != seen.seen + 1) {
        result.says = "Last-Event-ID is lost on the way: event " + std::to_string(*seen.first) +
                      " came where " + std::to_string(seen.seen + 1) + " was next";
    } else {
        result = {level::ok, "resume", {}, {}};
        result.says = "cut at event " + std::to_string(seen.seen) +
                      ", Last-Event-ID brought event " + std::to_string(*seen.first);
    }
    return result;
}

finding judge_leaving(leaving seen) {
    finding result{level::ok, "leaving", {}, {}};
    switch (seen) {
        case leaving::noticed:
            result.says = "the gateway saw within 1 s that a client left";
            break;
        case leaving::unnoticed:
            result = {level::warn, "leaving", {}, trouble::leaving};
            result.says =
                "a client that left was not noticed within 1 s: the model writes on for nobody";
            break;
        case leaving::wish_lost:
            result.how = level::warn;
            result.says =
                "not looked at: X-Stream-On-Disconnect is lost on the way, so that the gateway "
                "waits for who left to come back";
            break;
        case leaving::unseen:
            result.how = level::warn;
            result.says = "not looked at: the stream that was left could not be asked after";
            break;
    }
    return result;
}

finding judge_idle(const idle_facts& seen) {
    if (seen.whole) {
        return {
            level::ok,
            "idle",
            "a stream lived through " + shown_ms(seen.asked_ms) + " without a token",
            {}};
    }
    std::string says =
        "a stream without a token was cut after " + shown_ms(seen.lived_ms) + " of silence";
    if (!seen.answer.problem.empty()) says += " (" + seen.answer.problem + ")";
    return {level::fail, "idle", std::move(says), trouble::idle};
}

}  // namespace

void judge_manners(const facts& found, findings& into) {
    if (found.resume) into.push_back(judge_resume(*found.resume));
    if (found.left) into.push_back(judge_leaving(*found.left));
    if (found.idle) into.push_back(judge_idle(*found.idle));
}

}  // namespace sluice::gateway::doctor
