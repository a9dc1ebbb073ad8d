#include "gateway/telemetry/traces/export_answer.hpp"

#include "upstream/routing/pauses.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace sluice::gateway {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds pause_min{100};
constexpr milliseconds first_pause{1000};
constexpr milliseconds longest_pause{30'000};
/// What waits meanwhile fills the queue; a collector that wants more loses some.
constexpr milliseconds retry_after_max{120'000};
constexpr std::size_t message_bytes_max = 200;

bool may_pass(int status) {
    return status == 0 || status == 429 || status == 502 || status == 503 || status == 504;
}

/// Of 64 bits: decimal text in the JSON of protocol buffers, but not everybody knows.
std::int64_t read_count(const nlohmann::json& value) {
    std::int64_t count = 0;
    if (value.is_number_integer()) {
        count = value.get<std::int64_t>();
    } else if (value.is_string()) {
        const auto& text = value.get_ref<const std::string&>();
        std::from_chars(text.data(), text.data() + text.size(), count);
    }
    return std::max<std::int64_t>(count, 0);
}

}  // namespace

bool is_taken(const export_answer& answer) {
    return answer.status / 100 == 2;
}

std::optional<milliseconds> pause_before_retry(
    const export_answer& answer, int times, double chance, std::chrono::system_clock::time_point now
) {
    if (!may_pass(answer.status) || times >= exports_max) return std::nullopt;
    if (const auto told = upstream::read_retry_after(answer.retry_after, now))
        return std::clamp(*told, pause_min, retry_after_max);
    upstream::retry_rules rules;
    rules.backoff = first_pause;
    rules.backoff_max = longest_pause;
    return std::max(upstream::backoff(rules, times - 1, chance), pause_min);
}

partial_success read_partial_success(std::string_view body) {
    partial_success told;
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    if (!answer.is_object()) return told;
    const auto part = answer.find("partialSuccess");
    if (part == answer.end() || !part->is_object()) return told;
    if (const auto count = part->find("rejectedSpans"); count != part->end())
        told.rejected = read_count(*count);
    if (const auto message = part->find("errorMessage");
        message != part->end() && message->is_string())
        told.message = message->get_ref<const std::string&>().substr(0, message_bytes_max);
    return told;
}

}  // namespace sluice::gateway
