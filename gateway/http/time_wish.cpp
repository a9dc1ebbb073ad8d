#include "gateway/http/time_wish.hpp"

#include "gateway/config/scalars.hpp"
#include "gateway/http/refusal.hpp"

#include <algorithm>

namespace sluice::gateway {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds time_max = std::chrono::hours{24};

std::optional<milliseconds> read_time(std::string_view text) {
    if (const auto seconds = parse_number(text)) {
        if (*seconds * 1000 > static_cast<double>(time_max.count())) return time_max;
        return milliseconds{static_cast<std::int64_t>(*seconds * 1000)};
    }
    return parse_duration(text);
}

}  // namespace

boost::system::result<std::optional<milliseconds>, upstream::failure> asked_time(
    const http_request& request
) {
    const auto header = request.header("x-sluice-timeout");
    if (!header) return std::optional<milliseconds>{};
    const auto given = read_time(*header);
    if (given && given->count() > 0) return std::optional{std::min(*given, time_max)};
    auto reason = refusal(
        400,
        "invalid_request_error",
        "X-Sluice-Timeout must be a time above zero, such as 30s, 1500ms or 2.5 (seconds)"
    );
    reason.param = "X-Sluice-Timeout";
    return reason;
}

void lower(upstream::timeouts& limits, milliseconds given) {
    limits.total = std::min(limits.total.value_or(given), given);
}

}  // namespace sluice::gateway
