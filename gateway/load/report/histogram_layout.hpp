#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

/// Where a time lies in the buckets of a histogram: the layout of an HdrHistogram of two
/// significant digits whose unit is 1 ns. Pure.
namespace sluice::gateway::load::layout {

inline constexpr int fine_bits = 7;
inline constexpr std::uint64_t fine = std::uint64_t{1} << fine_bits;
inline constexpr int value_bits = 42;
inline constexpr std::uint64_t value_max = (std::uint64_t{1} << value_bits) - 1;
inline constexpr std::size_t bucket_count = fine * (value_bits - fine_bits + 1);

inline std::size_t bucket_of(std::uint64_t value) {
    if (value < fine) return value;
    const int shift = static_cast<int>(std::bit_width(value)) - 1 - fine_bits;
    return fine * static_cast<std::size_t>(shift + 1) + ((value >> shift) - fine);
}

/// The least time of a bucket.
inline std::int64_t least_of(std::size_t bucket) {
    if (bucket < fine) return static_cast<std::int64_t>(bucket);
    return static_cast<std::int64_t>((fine + bucket % fine) << (bucket / fine - 1));
}

/// The greatest time of a bucket.
inline std::int64_t greatest_of(std::size_t bucket) {
    return least_of(bucket + 1) - 1;
}

}  // namespace sluice::gateway::load::layout
