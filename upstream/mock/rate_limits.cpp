#include "upstream/mock/rate_limits.hpp"

#include "upstream/mock/provider_errors.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <utility>

namespace sluice::upstream::mock {
namespace {

constexpr double minute_s = 60;

/// Anthropic tells what is left of the tokens in thousands.
constexpr std::int64_t told_tokens = 1000;

/// One limit as it is told: what is left of it, and in how many seconds it is whole again.
struct standing {
    std::int64_t limit = 0;  ///< 0: there is none
    std::int64_t left = 0;
    double reset_s = 0;
};

standing standing_of(std::int64_t per_minute, double used) {
    standing now;
    now.limit = per_minute;
    if (per_minute <= 0) return now;
    // The smallest part is there for sums of fractions that fall short of a whole by rounding.
    const double left = static_cast<double>(per_minute) - used + 1e-6;
    now.left = std::clamp<std::int64_t>(static_cast<std::int64_t>(std::floor(left)), 0, per_minute);
    now.reset_s = used / static_cast<double>(per_minute) * minute_s;
    return now;
}

/// RFC 3339, in whole seconds, as the provider writes them.
std::string timestamp(rate_limits::wall_time at) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), size};
}

void tell_openai(const standing& of, const std::string& what, header_list& out) {
    if (of.limit <= 0) return;
    out.emplace_back("x-ratelimit-limit-" + what, std::to_string(of.limit));
    out.emplace_back("x-ratelimit-remaining-" + what, std::to_string(of.left));
    out.emplace_back("x-ratelimit-reset-" + what, duration_text(of.reset_s));
}

void tell_anthropic(
    const standing& of, const std::string& what, rate_limits::wall_time wall, header_list& out
) {
    if (of.limit <= 0) return;
    const std::chrono::duration<double> whole(std::ceil(of.reset_s));
    const auto reset = wall + std::chrono::duration_cast<std::chrono::seconds>(whole);
    const std::string name = "anthropic-ratelimit-" + what;
    out.emplace_back(name + "-limit", std::to_string(of.limit));
    out.emplace_back(name + "-remaining", std::to_string(of.left));
    out.emplace_back(name + "-reset", timestamp(reset));
}

standing in_thousands(standing of) {
    if (of.limit >= told_tokens) of.left = (of.left + told_tokens / 2) / told_tokens * told_tokens;
    return of;
}

/// Google and Ollama tell nothing.
header_list tell(
    api api, const standing& requests, const standing& tokens, rate_limits::wall_time wall
) {
    header_list out;
    switch (api) {
        case api::gemini:
        case api::ollama_chat:
        case api::ollama_generate:
            break;
        case api::anthropic_messages:
        case api::anthropic_count_tokens:
            tell_anthropic(requests, "requests", wall, out);
            for (const char* const what : {"tokens", "input-tokens", "output-tokens"})
                tell_anthropic(in_thousands(tokens), what, wall, out);
            break;
        default:
            tell_openai(requests, "requests", out);
            tell_openai(tokens, "tokens", out);
    }
    return out;
}

/// Nothing: there is room for `amount` more.
std::optional<limit_reached> check(
    bool tokens, std::int64_t limit, double used, std::int64_t amount
) {
    const double over = used + static_cast<double>(amount) - static_cast<double>(limit);
    // As in standing_of: rounding is nobody's fault.
    if (limit <= 0 || over <= 1e-6) return std::nullopt;
    limit_reached reached;
    reached.tokens = tokens;
    reached.limit = limit;
    reached.used = std::llround(used);
    reached.requested = amount;
    reached.wait_s = over / static_cast<double>(limit) * minute_s;
    reached.never_fits = amount > limit;
    return reached;
}

}  // namespace

void rate_limits::bucket::refill(std::int64_t per_minute, double passed_s) {
    used = std::max(0.0, used - static_cast<double>(per_minute) * passed_s / minute_s);
}

rate_limits::account& rate_limits::open(std::string_view key, time_point now) {
    if (const auto found = index_.find(key); found != index_.end()) {
        accounts_.splice(accounts_.begin(), accounts_, found->second);
        return accounts_.front();
    }
    accounts_.push_front({std::string(key), {}, {}, now});
    index_.emplace(accounts_.front().key, accounts_.begin());
    if (accounts_.size() > keys_max) {
        index_.erase(accounts_.back().key);
        accounts_.pop_back();
    }
    return accounts_.front();
}

limit_answer rate_limits::ask(
    const limit_settings& limits,
    api api,
    std::string_view key,
    std::int64_t prompt_tokens,
    std::int64_t max_tokens,
    time_point now,
    std::string_view model,
    wall_time wall
) {
    limit_answer answer;
    if (limits.requests_per_minute <= 0 && limits.tokens_per_minute <= 0) return answer;
    // Far more than any limit is as good as all there is, and sums stay within their type.
    constexpr std::int64_t tokens_most = 1'000'000'000'000;
    const std::int64_t amount = std::clamp<std::int64_t>(prompt_tokens, 0, tokens_most) +
                                std::clamp<std::int64_t>(max_tokens, 0, tokens_most);
    const std::lock_guard lock(mutex_);
    account& of = open(key, now);
    const double passed_s = std::max(0.0, std::chrono::duration<double>(now - of.at).count());
    of.at = std::max(of.at, now);
    of.requests.refill(limits.requests_per_minute, passed_s);
    of.tokens.refill(limits.tokens_per_minute, passed_s);

    auto reached = check(false, limits.requests_per_minute, of.requests.used, 1);
    if (!reached) reached = check(true, limits.tokens_per_minute, of.tokens.used, amount);
    if (reached) {
        answer.refusal = limit_failure(*reached, api, model);
    } else {
        answer.reserved = limits.tokens_per_minute > 0 ? amount : 0;
        of.requests.used += 1;
        of.tokens.used += static_cast<double>(answer.reserved);
    }
    answer.headers = tell(
        api,
        standing_of(limits.requests_per_minute, of.requests.used),
        standing_of(limits.tokens_per_minute, of.tokens.used),
        wall
    );
    if (reached) {
        const auto wait_s =
            reached->never_fits ? std::nullopt : std::optional<double>(reached->wait_s);
        for (auto& header : provider_error_headers(*answer.refusal, api, wait_s))
            answer.headers.push_back(std::move(header));
    }
    return answer;
}

void rate_limits::settle(std::string_view key, std::int64_t reserved, std::int64_t actual) {
    if (reserved <= 0) return;
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    bucket& tokens = found->second->tokens;
    tokens.used = std::max(0.0, tokens.used + static_cast<double>(actual - reserved));
}

}  // namespace sluice::upstream::mock
