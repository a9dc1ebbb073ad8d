#pragma once

#include "gateway/telemetry/traces/attribute_list.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Spans in the JSON of OTLP/HTTP: field names and enumerations as opentelemetry-proto has them,
/// ids in hexadecimal, 64-bit numbers as decimal text. Pure.
namespace sluice::gateway::otlp {

enum class kind { server = 2, client = 3 };

/// One span, put together where it ends.
struct span {
    using time_point = std::chrono::system_clock::time_point;

    std::array<std::uint8_t, 16> trace_id{};
    std::uint64_t id = 0;
    std::uint64_t parent = 0;  ///< zero: it has none
    bool parent_is_remote = false;
    std::string_view trace_state;
    std::string name;
    otlp::kind kind = otlp::kind::server;
    time_point began;
    time_point ended;
    attribute_list attributes;
    std::optional<time_point> event;  ///< when that happened
    std::string_view event_name;
    bool failed = false;
    std::string_view failure;  ///< one word
};

/// A span as it stands in the list of spans of an export.
std::string encode(const span& span);

/// What stands in an export before the spans, which have commas between them, and behind them.
struct envelope {
    std::string head;
    std::string tail;
};

/// `instance` is that of one process.
envelope make_envelope(std::string_view service_name, std::string_view instance);

/// A new random name of a process, a UUID.
std::string make_instance_id();

}  // namespace sluice::gateway::otlp
