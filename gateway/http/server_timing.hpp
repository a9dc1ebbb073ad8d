#pragma once

#include "gateway/dialects/dialect.hpp"

#include <optional>
#include <string>

namespace sluice::gateway {

/// The value of `Server-Timing` (W3C), in milliseconds to the microsecond: `queue;dur=0.1,
/// upstream;dur=201.5, total;dur=201.9`. Of an answer that no generation was begun for: the total
/// alone. Pure.
std::string server_timing_text(
    const std::optional<generation_timing>& generation, generation_timing::span total
);

}  // namespace sluice::gateway
