#pragma once

#include <array>
#include <cstdint>

/// Bounds of the histograms, in nanoseconds but where they count tokens.
namespace sluice::gateway {

inline constexpr std::int64_t ns_per_us = 1'000;
inline constexpr std::int64_t ns_per_ms = 1'000'000;
inline constexpr std::int64_t ns_per_s = 1'000'000'000;

/// What the gateway itself takes.
inline constexpr std::array<std::int64_t, 16> added_latency_bounds{
    10 * ns_per_us,
    20 * ns_per_us,
    50 * ns_per_us,
    100 * ns_per_us,
    200 * ns_per_us,
    500 * ns_per_us,
    ns_per_ms,
    2 * ns_per_ms,
    5 * ns_per_ms,
    10 * ns_per_ms,
    20 * ns_per_ms,
    50 * ns_per_ms,
    100 * ns_per_ms,
    200 * ns_per_ms,
    500 * ns_per_ms,
    ns_per_s};

}  // namespace sluice::gateway
