#include "gateway/admission/rate_limits.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

namespace sluice::gateway {

namespace {

using std::chrono::ceil;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// Seconds, with three decimals where they are not whole. Never too early.
std::string seconds_text(nanoseconds time) {
    const auto ms = ceil<milliseconds>(time).count();
    if (ms % 1000 == 0) return std::to_string(ms / 1000);
    std::array<char, 32> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%lld.%03lld",
        static_cast<long long>(ms / 1000),
        static_cast<long long>(ms % 1000)
    );
    return text.data();
}

/// As OpenAI writes durations: `12ms`, `1.5s`, `6m0s`.
std::string duration_text(nanoseconds time) {
    const auto whole = ceil<milliseconds>(time);
    if (whole < std::chrono::seconds{1}) return std::to_string(whole.count()) + "ms";
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(whole);
    const auto rest = seconds_text(whole - minutes) + "s";
    return minutes.count() > 0 ? std::to_string(minutes.count()) + "m" + rest : rest;
}

/// RFC 3339, as Anthropic writes times.
std::string time_text(std::chrono::system_clock::time_point at) {
    const auto seconds = std::chrono::system_clock::to_time_t(ceil<std::chrono::seconds>(at));
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

/// The one of that kind that leaves least; null where there is none.
const standing* tightest(
    const std::vector<demand>& demands,
    const std::vector<standing>& standings,
    demand::kind of,
    const demand*& whose
) {
    const standing* found = nullptr;
    for (std::size_t i = 0; i < demands.size() && i < standings.size(); ++i) {
        if (demands[i].of != of) continue;
        if (found && found->remaining <= standings[i].remaining) continue;
        found = &standings[i];
        whose = &demands[i];
    }
    return found;
}

}  // namespace

std::string_view name_of(demand::kind limit) {
    switch (limit) {
        case demand::kind::requests:
            return "requests_per_minute";
        case demand::kind::tokens:
            return "tokens_per_minute";
        case demand::kind::streams:
            return "concurrent_streams";
        case demand::kind::day_cost:
            return "cost_per_day";
        case demand::kind::month_cost:
            return "cost_per_month";
    }
    return "";
}

std::string describe_bound(const demand& bound) {
    return std::string{name_of(bound.of)}.append(" of ").append(bound.account);
}

upstream::failure refuse_demand(const demand& refused, const limit_verdict& verdict) {
    upstream::failure reason;
    reason.outcome = upstream::outcome::rejected;
    reason.status = 429;
    reason.type = "rate_limit_error";
    reason.code = is_cost(refused.of) ? "insufficient_quota" : "rate_limit_exceeded";
    reason.message = "the limit " + describe_bound(refused);
    if (verdict.never) {
        reason.code = "request_too_large";
        reason.message += " is less than this request alone would take";
        return reason;
    }
    reason.message += " is reached";
    reason.retryable = true;
    reason.retry_after = seconds_text(verdict.retry_after);
    return reason;
}

upstream::header_list rate_limit_headers(
    const std::vector<demand>& demands,
    const std::vector<standing>& standings,
    limit_headers names,
    std::chrono::system_clock::time_point now
) {
    const bool anthropic = names == limit_headers::anthropic;
    upstream::header_list headers;
    const auto tell = [&](demand::kind of, const std::string& what) {
        const demand* whose = nullptr;
        const auto* one = tightest(demands, standings, of, whose);
        if (!one) return;
        const auto name = [&](const std::string& which) {
            return anthropic ? "anthropic-ratelimit-" + what + "-" + which
                             : "x-ratelimit-" + which + "-" + what;
        };
        headers.emplace_back(name("limit"), std::to_string(whose->limit));
        headers.emplace_back(name("remaining"), std::to_string(one->remaining));
        const auto at =
            now + std::chrono::duration_cast<std::chrono::system_clock::duration>(one->reset);
        headers.emplace_back(name("reset"), anthropic ? time_text(at) : duration_text(one->reset));
    };
    tell(demand::kind::requests, "requests");
    tell(demand::kind::tokens, "tokens");
    return headers;
}

}  // namespace sluice::gateway
