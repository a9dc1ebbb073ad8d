#pragma once

#include "gateway/telemetry/generation_record.hpp"

#include <string_view>

/// How metrics and traces read a generation's record, both alike.
namespace sluice::gateway {

/// Its target could not carry the request and was not asked.
inline constexpr std::string_view skipped_outcome = "skipped";
/// Another attempt was faster.
inline constexpr std::string_view superseded_outcome = "superseded";

/// Ends that somebody wanted, or that another attempt made needless: no fault of anybody's. All
/// others are errors in metrics and traces, by their word.
bool is_well(std::string_view word);

/// A document that is relayed comes whole: its content is no first chunk or token of more.
bool came_whole(const generation_record& record);

}  // namespace sluice::gateway
