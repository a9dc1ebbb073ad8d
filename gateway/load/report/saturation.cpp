#include "gateway/load/report/saturation.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace sluice::gateway::load {

namespace {

/// In fewer seconds a hiccup of the machine looks like a trend.
constexpr std::size_t looked_at_min = 14;
/// Less than that may be a server which is still warming up, or long streams that came by chance.
constexpr double growth_share_min = 0.1;
/// Standard deviations. It is asked each second of each probe, so that 2 would often be met by
/// luck.
constexpr double deviations = 4;
/// Of the first half's growth. The filling of an idle server slows down: within one stay of streams
/// to a third of its speed.
constexpr double second_half_min = 0.9;
/// Of the mean stay of a stream; while the first ones are still there, all servers look outrun.
constexpr double stays_min = 1.5;

struct trend {
    double first = 0;   ///< value of the line at its beginning
    double growth = 0;  ///< from its beginning to its end
    double error = 0;   ///< standard error of the growth
};

/// How alike neighbouring residuals are, 0 to below 1. Live streams change slowly, so that seconds
/// are no independent witnesses.
double correlation(std::span<const interval> seconds, double mean, double middle, double slope) {
    double squares = 0;
    double products = 0;
    double before = 0;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        const double line = mean + slope * (static_cast<double>(i) - middle);
        const double residual = seconds[i].live - line;
        squares += residual * residual;
        if (i > 0) products += residual * before;
        before = residual;
    }
    constexpr double most = 0.95;
    return squares > 0 ? std::clamp(products / squares, 0.0, most) : 0;
}

/// A straight line by least squares through the live streams.
trend trend_of(std::span<const interval> seconds) {
    const auto count = static_cast<double>(seconds.size());
    const double middle = (count - 1) / 2;
    double mean = 0;
    for (const interval& second : seconds)
        mean += second.live / count;
    double spread = 0;
    double together = 0;
    double variance = 0;
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        const double x = static_cast<double>(i) - middle;
        const double y = seconds[i].live - mean;
        spread += x * x;
        together += x * y;
        variance += y * y;
    }
    const double slope = together / spread;
    const double residuals = std::max(variance - slope * together, 0.0) / (count - 2);
    const double alike = correlation(seconds, mean, middle, slope);
    const double error = std::sqrt(residuals / spread * (1 + alike) / (1 - alike));
    return {mean - slope * middle, slope * (count - 1), error * (count - 1)};
}

/// How many times more the starts of a second scatter than independent ones do; at least 1.
double clustering(std::span<const interval> seconds) {
    const auto count = static_cast<double>(seconds.size());
    double mean = 0;
    for (const interval& second : seconds)
        mean += second.due / count;
    double variance = 0;
    for (const interval& second : seconds)
        variance += (second.due - mean) * (second.due - mean) / (count - 1);
    return mean > 0 ? std::max(variance / mean, 1.0) : 1;
}

/// Whether the line grows more than its own scatter, and than the count of random comers, explain.
bool is_significant(const trend& line, double clustered) {
    const double first = std::max(line.first, 0.0);
    const double by_chance = std::sqrt((first + std::max(first + line.growth, 0.0)) * clustered);
    return line.growth > deviations * line.error && line.growth > deviations * by_chance;
}

bool looks_outrun(std::span<const interval> seconds) {
    const auto looked_at = seconds.subspan(seconds.size() / 3);
    if (looked_at.size() < looked_at_min) return false;
    double due = 0;
    double ended = 0;
    for (const interval& second : looked_at) {
        due += second.due;
        ended += second.ended;
    }
    const trend line = trend_of(looked_at);
    if (!is_significant(line, clustering(looked_at)) || line.growth < growth_share_min * due)
        return false;

    const auto length = static_cast<double>(looked_at.size());
    if (ended == 0 || length < stays_min * std::max(line.first, 0.0) * length / ended) return false;
    const std::size_t half = looked_at.size() / 2;
    const double first_half = trend_of(looked_at.first(half)).growth;
    const double second_half = trend_of(looked_at.last(half)).growth;
    return first_half > 0 && second_half >= second_half_min * first_half;
}

}  // namespace

bool is_outrun(std::span<const interval> seconds) {
    // One look in hundreds is wrong; two in a row are hardly ever.
    return looks_outrun(seconds) && looks_outrun(seconds.first(seconds.size() - 1));
}

}  // namespace sluice::gateway::load
