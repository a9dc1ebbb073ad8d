#include "gateway/telemetry/histogram.hpp"

#include <numeric>

namespace sluice::gateway {

std::int64_t histogram_view::count() const {
    return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

void histogram_view::add(const histogram_view& other) {
    if (other.counts.empty()) return;
    bounds = other.bounds;
    counts.resize(std::max(counts.size(), other.counts.size()));
    for (std::size_t i = 0; i < other.counts.size(); ++i)
        counts[i] += other.counts[i];
    sum += other.sum;
}

histogram_view histogram_view::since(const histogram_view& earlier) const {
    histogram_view more = *this;
    for (std::size_t i = 0; i < more.counts.size() && i < earlier.counts.size(); ++i)
        more.counts[i] -= earlier.counts[i];
    more.sum -= earlier.sum;
    return more;
}

std::optional<double> histogram_view::quantile(double part) const {
    const auto all = count();
    if (all <= 0) return std::nullopt;
    const double wanted = part * static_cast<double>(all);
    double below = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        const auto here = static_cast<double>(counts[i]);
        if (here > 0 && below + here >= wanted) {
            const auto low = i == 0 ? 0.0 : static_cast<double>(bounds[i - 1]);
            const auto high = static_cast<double>(bounds[i]);
            return low + (high - low) * std::max(0.0, wanted - below) / here;
        }
        below += here;
    }
    return bounds.empty() ? 0.0 : static_cast<double>(bounds.back());
}

histogram_view histogram::view() const {
    histogram_view seen{bounds_, std::vector<std::int64_t>(bounds_.size() + 1), sum_.value()};
    for (std::size_t i = 0; i < seen.counts.size(); ++i)
        seen.counts[i] = counts_[i].value();
    return seen;
}

}  // namespace sluice::gateway
