#include "upstream/routing/pauses.hpp"

#include "upstream/providers/ollama_line.hpp"
#include "upstream/routing/http_date.hpp"
#include "upstream/routing/text_scanner.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace sluice::upstream {

namespace {

using std::chrono::milliseconds;
using wall_time = std::chrono::system_clock::time_point;
using seconds_d = std::chrono::duration<double>;

/// A Retry-After beyond a day is a mistake or a joke.
constexpr milliseconds retry_after_max = std::chrono::days{1};
/// Most limits are counted by the minute; whoever spares a target for longer never sees it come
/// back.
constexpr milliseconds allowance_max = std::chrono::minutes{10};
/// Further doublings are beyond any bound.
constexpr int doublings_max = 30;
/// A prompt takes many tokens at once: when less than this part of them is left, it has no room.
constexpr double few_tokens = 0.01;
/// Seconds from here on are a date, in Unix time, as some servers have it.
constexpr double unix_times_from = 1e9;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<double> read_decimal(std::string_view value) {
    text_scanner text(value);
    const double number = text.decimal();
    if (!text.done()) return std::nullopt;
    return number;
}

/// In doubles, since a date of the year 9999 is beyond the clock's own numbers.
double seconds_until(double unix_seconds, wall_time now) {
    return unix_seconds - seconds_d(now.time_since_epoch()).count();
}

milliseconds bounded(double seconds, milliseconds most) {
    const double held = std::clamp(seconds, 0.0, seconds_d(most).count());
    return std::chrono::round<milliseconds>(seconds_d(held));
}

/// The units of durations, the longer words first.
constexpr std::array<std::string_view, 8> units{"ms", "us", "µs", "ns", "d", "h", "m", "s"};
constexpr std::array<double, 8> unit_seconds{1e-3, 1e-6, 1e-6, 1e-9, 86400, 3600, 60, 1};

/// Seconds, of "1h2m3s" or "20ms".
std::optional<double> read_duration(std::string_view value) {
    text_scanner text(value);
    double total = 0;
    do {
        const double number = text.decimal();
        const auto unit = text.one_of(units);
        if (text.failed()) return std::nullopt;
        total += number * unit_seconds[unit];
    } while (!text.at_end());
    return total;
}

/// Seconds from now on.
std::optional<double> read_reset(std::string_view value, wall_time now) {
    if (const auto number = read_decimal(value))
        return *number < unix_times_from ? *number : seconds_until(*number, now);
    if (const auto date = unix_seconds(value); date != 0)
        return seconds_until(static_cast<double>(date), now);
    return read_duration(value);
}

/// The names of the three headers that tell of one limit.
struct limit_names {
    std::string remaining;
    std::string limit;
    std::string reset;
    bool tokens = false;
};

const std::array<limit_names, 6>& known_limits() {
    const auto openai = [](const std::string& what, bool tokens) {
        const std::string begin = "x-ratelimit-";
        return limit_names{
            begin + "remaining-" + what, begin + "limit-" + what, begin + "reset-" + what, tokens};
    };
    const auto anthropic = [](const std::string& what, bool tokens) {
        const std::string begin = "anthropic-ratelimit-" + what;
        return limit_names{begin + "-remaining", begin + "-limit", begin + "-reset", tokens};
    };
    static const std::array<limit_names, 6> names{
        openai("requests", false),
        openai("tokens", true),
        anthropic("requests", false),
        anthropic("tokens", true),
        anthropic("input-tokens", true),
        anthropic("output-tokens", true)};
    return names;
}

/// Empty where there is none.
std::string_view value_of(const header_list& headers, std::string_view name) {
    const auto found = std::ranges::find(headers, name, &header_list::value_type::first);
    return found == headers.end() ? std::string_view() : trimmed(found->second);
}

bool spent(const header_list& headers, const limit_names& names) {
    const auto remaining = read_decimal(value_of(headers, names.remaining));
    const auto limit = read_decimal(value_of(headers, names.limit));
    // A limit of zero is how some servers say that there is none.
    if (!remaining || limit == 0.0) return false;
    return *remaining == 0 || (names.tokens && limit && *remaining < *limit * few_tokens);
}

}  // namespace

milliseconds backoff(const retry_rules& rules, int repetition, double chance) {
    const auto doubled = static_cast<double>(1 << std::clamp(repetition, 0, doublings_max));
    const double most = std::min(
        static_cast<double>(rules.backoff.count()) * doubled,
        static_cast<double>(rules.backoff_max.count())
    );
    return milliseconds(static_cast<std::int64_t>(most * std::clamp(chance, 0.0, 1.0)));
}

std::optional<milliseconds> read_retry_after(std::string_view text, wall_time now) {
    text = trimmed(text);
    if (const auto seconds = read_decimal(text)) return bounded(*seconds, retry_after_max);
    const auto date = read_http_date(text, now);
    if (!date) return std::nullopt;
    const auto since = static_cast<double>(date->time_since_epoch().count());
    return bounded(seconds_until(since, now), retry_after_max);
}

milliseconds time_without_allowance(const header_list& headers, wall_time now) {
    milliseconds longest{0};
    for (const auto& names : known_limits()) {
        if (!spent(headers, names)) continue;
        const auto seconds = read_reset(value_of(headers, names.reset), now);
        if (seconds) longest = std::max(longest, bounded(*seconds, allowance_max));
    }
    return longest;
}

}  // namespace sluice::upstream
