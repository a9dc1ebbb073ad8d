#include "gateway/doctor/judgements.hpp"
#include "gateway/doctor/pacing.hpp"

#include <array>
#include <cstdio>

namespace sluice::gateway::doctor {

namespace {

std::string shown(double value, int decimals) {
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return {text.data(), static_cast<std::size_t>(size)};
}

std::string counted(std::size_t count, std::string_view noun) {
    return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

std::string how_it_came(const stream_facts& seen, const pacing& came) {
    const auto noun = seen.compressed ? "compressed piece" : "event";
    const std::string all = counted(seen.pieces.size(), noun);
    switch (came.how) {
        case pace::one_by_one:
            if (seen.compressed) return all + " came about as the events were made";
            return all + " came one by one as they were made, nine in ten within " +
                   shown_ms(came.late_ms);
        case pace::at_the_end:
            return all + " made over " + shown_ms(came.span_ms) +
                   " came all at once at the end: something on the way holds the whole answer (" +
                   shown_bytes(static_cast<double>(came.bytes)) + ") back";
        case pace::bursts:
            return all + " made over " + shown_ms(came.span_ms) + " came in " +
                   counted(came.bursts, "burst") + ", the largest of " +
                   counted(came.burst_events, noun) + ", after up to " + shown_ms(came.silence_ms) +
                   " of silence: something on the way gathers about " +
                   shown_bytes(static_cast<double>(came.burst_bytes));
        case pace::nothing:
            break;
    }
    return std::string(seen.answer.status == 0 ? "neither a head nor an event" : "no event") +
           " came within " + shown_ms(seen.watched_ms) +
           ": something on the way waits for the end, or for more";
}

/// What stands in the way of measuring it, if anything.
std::optional<finding> not_answered(std::string_view check, const stream_facts& seen) {
    const reply& answer = seen.answer;
    if (answer.status == 200 ||
        (answer.status == 0 && answer.error == upstream::transfer_error::none))
        return std::nullopt;
    finding wrong{level::warn, check, {}, {}};
    if (answer.status == 0)
        wrong = {level::fail, check, answer.problem, {}};
    else
        wrong.says = "not looked at: it answered " + std::to_string(answer.status);
    if (check != "live feed") return wrong;
    if (answer.status == 401 || answer.status == 403)
        wrong.says += "; it is an operator's key (role: operator) that it takes, by --key-env";
    if (answer.status == 404)
        wrong.says +=
            "; operators have addresses of their own (server.admin), or a proxy keeps "
            "v1/events back";
    return wrong;
}

void judge_stream(std::string_view check, const stream_facts& seen, findings& into) {
    if (auto wrong = not_answered(check, seen)) return into.push_back(std::move(*wrong));
    const pacing came = judge_pace(seen);
    finding how{level::ok, check, how_it_came(seen, came), {}};
    if (came.how != pace::one_by_one) {
        how.how = level::fail;
        how.what = trouble::buffering;
    }
    into.push_back(std::move(how));
    if (seen.answer.status == 200) judge_head(seen.answer, into);
}

/// The head of the second stream mostly says again what that of the first did.
void drop_repeated(findings& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t j = all.size() - 1; j > i; --j) {
            if (all[i].check == all[j].check && all[i].says == all[j].says)
                all.erase(all.begin() + static_cast<std::ptrdiff_t>(j));
        }
    }
}

}  // namespace

bool is_measured(const std::optional<stream_facts>& stream) {
    return stream && stream->answer.status == 200;
}

std::string shown_ms(double milliseconds) {
    if (milliseconds < 10) return shown(milliseconds, 1) + " ms";
    if (milliseconds < 1000) return shown(milliseconds, 0) + " ms";
    return shown(milliseconds / 1000, 1) + " s";
}

std::string shown_bytes(double bytes) {
    return bytes < 1024 ? shown(bytes, 0) + " bytes" : shown(bytes / 1024, 1) + " KiB";
}

void judge_head(const reply& head, findings& into) {
    const auto type = field(head, "content-type");
    if (!type.starts_with("text/event-stream")) {
        into.push_back(
            {level::fail, "head", "Content-Type came as '" + type + "', not text/event-stream", {}}
        );
    }
    if (const auto length = field(head, "content-length"); !length.empty()) {
        into.push_back(
            {level::fail,
             "head",
             "it has a Content-Length (" + length + "): the answer was gathered before it was sent",
             trouble::buffering}
        );
    }
    if (const auto coding = field(head, "content-encoding"); !coding.empty()) {
        into.push_back(
            {level::fail,
             "head",
             "somebody on the way compresses it (Content-Encoding: " + coding +
                 "), though it says no-transform: a compressor holds tokens back to make more of "
                 "them",
             trouble::compression}
        );
    }
    const auto caching = field(head, "cache-control");
    if (caching.find("no-transform") == std::string::npos) {
        into.push_back(
            {level::warn,
             "head",
             "Cache-Control came as '" + caching +
                 "', without no-transform: others may compress it",
             trouble::compression}
        );
    }
}

void judge_streams(const facts& found, findings& into) {
    findings own;
    if (found.feed) judge_stream("live feed", *found.feed, own);
    if (found.foreign_model) {
        own.push_back(
            {level::warn,
             "stream",
             "'" + found.model + "' is no mock (its tokens bear no stamps): it was left at once",
             {}}
        );
    } else if (found.stream) {
        judge_stream("stream", *found.stream, own);
    } else {
        own.push_back(
            {level::ok,
             "stream",
             "not looked at: no mock model is served here, and a real one costs (--model names a "
             "mock)",
             {}}
        );
    }
    if (found.old_stream && !found.foreign_model) judge_stream("HTTP/1.1", *found.old_stream, own);
    const bool feed_seen = found.feed && !not_answered("live feed", *found.feed);
    const bool stream_seen =
        found.stream && !found.foreign_model && !not_answered("stream", *found.stream);
    if (!feed_seen && !stream_seen)
        own.push_back({level::fail, "buffering", "nothing could be measured, see above", {}});
    drop_repeated(own);
    into.insert(into.end(), own.begin(), own.end());
}

}  // namespace sluice::gateway::doctor
