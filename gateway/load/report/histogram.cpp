#include "gateway/load/report/histogram.hpp"

#include "gateway/load/report/histogram_layout.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::gateway::load {

histogram::histogram() : buckets_(layout::bucket_count) {}

void histogram::record(std::int64_t ns) {
    constexpr auto value_max = static_cast<std::int64_t>(layout::value_max);
    const std::int64_t value = std::clamp<std::int64_t>(ns, 0, value_max);
    ++buckets_[layout::bucket_of(static_cast<std::uint64_t>(value))];
    min_ns_ = count_ == 0 ? value : std::min(min_ns_, value);
    max_ns_ = std::max(max_ns_, value);
    sum_ns_ += static_cast<double>(value);
    ++count_;
}

void histogram::add(const histogram& other) {
    if (other.count_ == 0) return;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket)
        buckets_[bucket] += other.buckets_[bucket];
    min_ns_ = count_ == 0 ? other.min_ns_ : std::min(min_ns_, other.min_ns_);
    max_ns_ = std::max(max_ns_, other.max_ns_);
    sum_ns_ += other.sum_ns_;
    count_ += other.count_;
}

void histogram::know_max(std::int64_t ns) {
    if (count_ == 0 || ns < 0) return;
    const auto bucket = layout::bucket_of(static_cast<std::uint64_t>(max_ns_));
    if (ns >= layout::least_of(bucket) && ns <= layout::greatest_of(bucket)) max_ns_ = ns;
}

std::int64_t histogram::percentile_ns(double share) const {
    const double exact = std::clamp(share, 0.0, 1.0) * static_cast<double>(count_);
    // 0.07 * 100 is a little more than 7 in floating point, and must not become the eighth.
    const double wanted = std::ceil(std::nextafter(exact, 0.0));
    return ranked_ns(static_cast<std::uint64_t>(wanted));
}

std::int64_t histogram::ranked_ns(std::uint64_t rank) const {
    const std::uint64_t wanted = std::max<std::uint64_t>(rank, 1);
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        seen += buckets_[bucket];
        if (seen >= wanted) return std::min(layout::greatest_of(bucket), max_ns_);
    }
    return max_ns_;
}

double histogram::count_below(double ns) const {
    double seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
        const auto from = static_cast<double>(layout::least_of(bucket));
        const auto to = static_cast<double>(layout::greatest_of(bucket) + 1);
        if (ns <= from) break;
        seen += static_cast<double>(buckets_[bucket]) * std::min(1.0, (ns - from) / (to - from));
    }
    return seen;
}

}  // namespace sluice::gateway::load
