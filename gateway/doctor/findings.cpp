#include "gateway/doctor/findings.hpp"

#include "gateway/doctor/judgements.hpp"

#include <algorithm>

namespace sluice::gateway::doctor {

namespace {

std::vector<const reply*> answers_of(const facts& found) {
    std::vector<const reply*> answers{&found.models};
    if (found.feed) answers.push_back(&found.feed->answer);
    if (found.stream) answers.push_back(&found.stream->answer);
    if (found.old_stream) answers.push_back(&found.old_stream->answer);
    return answers;
}

/// nginx takes this field out of what passes through, whatever name it gives itself.
bool loses_accel_buffering(const std::optional<stream_facts>& stream) {
    return is_measured(stream) && field(stream->answer, "x-accel-buffering").empty();
}

std::vector<proxy> known_proxies(const facts& found) {
    auto known = proxies_in(answers_of(found));
    const bool lost = loses_accel_buffering(found.feed) || loses_accel_buffering(found.stream);
    if (lost && std::ranges::find(known, proxy::nginx) == known.end())
        known.push_back(proxy::nginx);
    return known;
}

void advise(diagnosis& all, proxy who, trouble what) {
    const auto text = remedy(who, what);
    const bool said = std::ranges::any_of(all.advices, [&](const advice& each) {
        return each.who == who && each.what == what;
    });
    if (!text.empty() && !said) all.advices.push_back({who, what, text});
}

void advise_on(diagnosis& all, trouble what) {
    const auto before = all.advices.size();
    for (const proxy who : all.proxies)
        advise(all, who, what);
    const bool said =
        std::ranges::any_of(all.advices, [&](const advice& each) { return each.what == what; });
    if (all.advices.size() == before && !said) advise(all, proxy::unknown, what);
}

}  // namespace

std::string_view to_string(level how) {
    switch (how) {
        case level::ok:
            return "ok";
        case level::warn:
            return "warn";
        case level::fail:
            break;
    }
    return "fail";
}

bool diagnosis::well() const {
    return std::ranges::none_of(findings, [](const finding& each) {
        return each.how == level::fail;
    });
}

diagnosis judge(const facts& found) {
    diagnosis all;
    all.proxies = known_proxies(found);
    judge_reach(found, all.proxies, all.findings);
    if (found.is_gateway) {
        judge_streams(found, all.findings);
        judge_manners(found, all.findings);
    }
    for (const finding& each : all.findings) {
        if (each.how != level::ok && each.what) advise_on(all, *each.what);
    }
    return all;
}

}  // namespace sluice::gateway::doctor
