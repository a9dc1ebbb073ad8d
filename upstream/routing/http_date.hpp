#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sluice::upstream {

/// A date as HTTP has it (RFC 9110, 5.6.7), in its three forms: "Sun, 06 Nov 1994 08:49:37 GMT",
/// "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994". `now` tells the century of the
/// second. Nothing: it is none. Pure.
std::optional<std::chrono::sys_seconds> read_http_date(
    std::string_view text, std::chrono::system_clock::time_point now
);

}  // namespace sluice::upstream
