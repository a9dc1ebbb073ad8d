#pragma once

#include "upstream/generation.hpp"
#include "upstream/routing/rules.hpp"

#include <chrono>
#include <optional>
#include <string_view>

/// How long to leave a target alone. Pure.
namespace sluice::upstream {

/// Exponential backoff with full jitter: any time up to backoff * 2^n, `backoff_max` at most.
/// `repetition` counts from 0; `chance` is in [0, 1).
std::chrono::milliseconds backoff(const retry_rules& rules, int repetition, double chance);

/// A Retry-After: seconds (with a fraction, as some have it), or a date (RFC 9110, 5.6.7, in its
/// three forms). Nothing: neither. Never negative; a day at most.
std::optional<std::chrono::milliseconds> read_retry_after(
    std::string_view text, std::chrono::system_clock::time_point now
);

/// What rate-limit headers (with lower-case names) say of how long nothing is left: requests or
/// tokens at zero, or tokens under a hundredth of the limit, until the reset. OpenAI's durations
/// ("1s", "6m0s", "20ms"), Anthropic's dates (RFC 3339), plain seconds, Unix time. Zero: something
/// is left, or nothing is said, or nothing that makes sense. Ten minutes at most.
std::chrono::milliseconds time_without_allowance(
    const header_list& headers, std::chrono::system_clock::time_point now
);

}  // namespace sluice::upstream
