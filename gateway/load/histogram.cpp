#include "gateway/load/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace sluice::gateway::load {

namespace {

constexpr int fine_bits = 7;
constexpr std::uint64_t fine = std::uint64_t{1} << fine_bits;
constexpr int value_bits = 42;
constexpr std::uint64_t value_max = (std::uint64_t{1} << value_bits) - 1;
constexpr std::size_t bucket_count = fine * (value_bits - fine_bits + 1);

std::size_t bucket_of(std::uint64_t value) {
    if (value < fine) return value;
    const int shift = std::bit_width(value) - 1 - fine_bits;
    return fine * static_cast<std::size_t>(shift + 1) + ((value >> shift) - fine);
}

/// The middle of the bucket.
std::int64_t value_of(std::size_t bucket) {
    if (bucket < fine) return static_cast<std::int64_t>(bucket);
    const std::size_t shift = bucket / fine - 1;
    const std::uint64_t low = (fine + bucket % fine) << shift;
    return static_cast<std::int64_t>(low + ((std::uint64_t{1} << shift) - 1) / 2);
}

}  // namespace

histogram::histogram() : buckets_(bucket_count) {}

void histogram::record(std::int64_t ns) {
    const std::int64_t value =
        std::clamp<std::int64_t>(ns, 0, static_cast<std::int64_t>(value_max));
    ++buckets_[bucket_of(static_cast<std::uint64_t>(value))];
    ++count_;
    max_ns_ = std::max(max_ns_, value);
}

std::int64_t histogram::percentile_ns(double share) const {
    if (count_ == 0) return 0;
    const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
    const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1);
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen >= rank) return std::min(value_of(bucket), max_ns_);
    }
    return max_ns_;
}

}  // namespace sluice::gateway::load
