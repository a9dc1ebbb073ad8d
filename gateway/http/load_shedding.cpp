#include "gateway/http/load_shedding.hpp"

#include "gateway/http/endpoints.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/worker.hpp"

#include <charconv>
#include <string>

namespace sluice::gateway {

namespace {

std::string told(shed_reason reason) {
    switch (reason) {
        case shed_reason::memory:
            return "the gateway is short of memory";
        case shed_reason::streams:
            return "too many streams run already";
        case shed_reason::lag:
            return "the gateway has more to do than it can";
        case shed_reason::bodies:
            return "too many large requests are on their way";
    }
    return {};
}

upstream::failure shed(worker& by, shed_reason why) {
    by.state().pressure.count_shed(why);
    auto reason = refusal(503, "overloaded_error", told(why));
    reason.outcome = upstream::outcome::shed;
    reason.retryable = true;
    reason.retry_after = std::string{"1"};  // GCC 12 takes a plain text for one without end
    return reason;
}

bool too_many_run(worker& on) {
    const auto& state = on.state();
    const auto& configured = on.serving()->settings->server.streams_max;
    std::int64_t running = 0;
    for (const auto* one : state.all_counters)
        running += one->streams_live.value();
    return running >= static_cast<std::int64_t>(configured.value_or(state.connections_max));
}

/// 0 where the head does not tell.
std::uint64_t declared_length(const http_request& request) {
    const auto text = request.header("content-length").value_or("");
    std::uint64_t length = 0;
    std::from_chars(text.data(), text.data() + text.size(), length);
    return length;
}

}  // namespace

std::optional<upstream::failure> judge_load(worker& on) {
    // Asked each time, so that the loop is measured before it matters.
    const bool late = on.lag().overloaded();
    if (on.state().pressure.level() == memory_level::shed) return shed(on, shed_reason::memory);
    if (too_many_run(on)) return shed(on, shed_reason::streams);
    if (late) return shed(on, shed_reason::lag);
    return std::nullopt;
}

bool may_join(const http_request& request) {
    return request.header("last-event-id") || request.header("idempotency-key") ||
           request.parameter("last_event_id") || request.parameter("request");
}

std::optional<upstream::failure> judge_head(
    worker& on, const http_request& request, const request_share& share
) {
    const auto lookup = find_endpoint(request.method, request.path);
    if (lookup.match && lookup.match->generates && !may_join(request)) {
        if (auto reason = judge_load(on)) return reason;
    }
    if (!share.could_cover(declared_length(request))) return shed(on, shed_reason::bodies);
    return std::nullopt;
}

std::optional<upstream::failure> judge_bytes(
    worker& on, std::uint64_t bytes, request_share& share
) {
    if (share.cover(bytes)) return std::nullopt;
    return shed(on, shed_reason::bodies);
}

void add_load_metrics(metric_families& to, const pressure& of) {
    add_sample(
        gauge_family(to, "sluice_memory_bytes", "Memory in use, as it is held against the limit."),
        {},
        static_cast<std::int64_t>(of.used())
    );
    add_sample(
        gauge_family(to, "sluice_memory_limit_bytes", "Memory that there may be; 0: not known."),
        {},
        static_cast<std::int64_t>(of.ceiling())
    );
    auto& shed =
        counter_family(to, "sluice_shed_total", "Requests turned away under pressure, by reason.");
    for (std::size_t i = 0; i < shed_reason_count; ++i) {
        const auto reason = static_cast<shed_reason>(i);
        add_sample(shed, {{"reason", std::string{to_string(reason)}}}, of.shed(reason));
    }
}

}  // namespace sluice::gateway
