#include "gateway/load/report/noise.hpp"

#include <boost/math/distributions/binomial.hpp>

#include <algorithm>
#include <cmath>

namespace sluice::gateway::load {

namespace {

// So many standard deviations to each side hold 99 %.
constexpr double deviations = 2.576;
constexpr double tail = 0.005;
// From such a variance on, the binomial distribution is a normal one to within a rank or two.
constexpr double normal_variance_min = 1000;

struct ranks {
    double low;
    double high;
};

/// How many of `count` samples lie below the true percentile, at least and at most.
ranks ranks_of(double count, double share) {
    const double mean = count * share;
    const double variance = mean * (1 - share);
    if (variance >= normal_variance_min) {
        const double off = deviations * std::sqrt(variance);
        return {std::floor(mean - off), std::ceil(mean + off)};
    }
    const boost::math::binomial_distribution<double> below(count, share);
    return {boost::math::quantile(below, tail), boost::math::quantile(below, 1 - tail)};
}

}  // namespace

span percentile_span(const histogram& times, double share) {
    const auto count = static_cast<double>(times.count());
    if (count == 0) return {};
    const ranks within = ranks_of(count, share);
    span result;
    if (within.low >= 1)
        result.low = static_cast<double>(times.ranked_ns(static_cast<std::uint64_t>(within.low)));
    if (within.high + 1 <= count)
        result.high =
            static_cast<double>(times.ranked_ns(static_cast<std::uint64_t>(within.high) + 1));
    return result;
}

span rate_span(double rate, std::uint64_t streams) {
    if (streams == 0) return {};
    const double off = deviations / std::sqrt(static_cast<double>(streams));
    return {std::max(0.0, rate * (1 - off)), rate * (1 + off)};
}

span share_span(std::uint64_t hits, std::uint64_t all) {
    if (all == 0) return {0, 1};
    // Wilson's interval, which holds for shares near 0 and 1, too.
    const auto count = static_cast<double>(all);
    const double share = static_cast<double>(std::min(hits, all)) / count;
    const double square = deviations * deviations;
    const double middle = share + square / (2 * count);
    const double off =
        deviations * std::sqrt(share * (1 - share) / count + square / (4 * count * count));
    const double scale = 1 + square / count;
    return {std::max(0.0, (middle - off) / scale), std::min(1.0, (middle + off) / scale)};
}

}  // namespace sluice::gateway::load
