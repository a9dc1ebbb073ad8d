#include "upstream/mock/distribution.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sluice::upstream::mock {
namespace {

/// The largest draw of any distribution, whatever its tail: eleven days, or a million tokens.
constexpr double draw_max = 1e6;

/// Where quantiles lie on the scale of a normal distribution.
constexpr double z90 = 1.2815515655446004;
constexpr double z99 = 2.3263478740408408;
/// One draw in 30000 lies further out; quantiles do not go on rising there.
constexpr double z_max = 4;

/// Neither 0 nor 1, so that its logarithm is finite: the middles of 2^53 equal stretches.
double uniform_draw(dice& dice) {
    return (static_cast<double>(dice.roll() >> 11U) + 0.5) * 0x1p-53;
}

/// Box and Muller's; the second number is not used, so that a draw depends on the dice alone.
double normal_draw(dice& dice) {
    const double radius = std::sqrt(-2 * std::log(uniform_draw(dice)));
    return radius * std::cos(2 * std::numbers::pi * uniform_draw(dice));
}

/// Marsaglia and Tsang's, with the mean `shape`, which is at least 1.
double large_gamma_draw(double shape, dice& dice) {
    const double d = shape - 1.0 / 3;
    const double c = 1 / std::sqrt(9 * d);
    for (;;) {
        const double x = normal_draw(dice);
        const double cube = 1 + c * x;
        if (cube <= 0) continue;
        const double v = cube * cube * cube;
        if (std::log(uniform_draw(dice)) < x * x / 2 + d * (1 - v + std::log(v))) return d * v;
    }
}

double gamma_draw(double shape, dice& dice) {
    if (shape >= 1) return large_gamma_draw(shape, dice);
    const double larger = large_gamma_draw(shape + 1, dice);
    return larger * std::pow(uniform_draw(dice), 1 / shape);
}

/// What lies `z` standard deviations from the middle.
double value_at(const distribution::quantiles& of, double z) {
    if (z < 0) return of.p50 * of.p50 / value_at(of, -z);
    const double low = std::log(of.p90 / of.p50) / z90;
    const double high = std::log(of.p99 / of.p90) / (z99 - z90);
    if (z <= z90) return of.p50 * std::exp(low * z);
    return of.p90 * std::exp(high * (std::min(z, z_max) - z90));
}

struct draw_of {
    mock::dice& dice;

    double operator()(const distribution::constant& of) const { return of.value; }
    double operator()(const distribution::uniform& of) const {
        return of.low + (of.high - of.low) * uniform_draw(dice);
    }
    double operator()(const distribution::exponential& of) const {
        return -of.mean * std::log(uniform_draw(dice));
    }
    double operator()(const distribution::log_normal& of) const {
        return of.median * std::exp(of.sigma * normal_draw(dice));
    }
    double operator()(const distribution::gamma& of) const {
        if (of.cv == 0) return of.mean;
        const double scale = of.cv * of.cv;
        return of.mean * scale * gamma_draw(1 / scale, dice);
    }
    double operator()(const distribution::quantiles& of) const {
        return value_at(of, normal_draw(dice));
    }
};

/// The quantiles' mean as a sum over the normal distribution's density.
double mean_of_quantiles(const distribution::quantiles& of) {
    constexpr int steps = 800;
    double sum = 0;
    double weights = 0;
    for (int i = 0; i < steps; ++i) {
        const double z = -z_max + 2 * z_max * (i + 0.5) / steps;
        const double weight = std::exp(-z * z / 2);
        sum += weight * value_at(of, z);
        weights += weight;
    }
    return sum / weights;
}

struct mean_of {
    double operator()(const distribution::constant& of) const { return of.value; }
    double operator()(const distribution::uniform& of) const { return (of.low + of.high) / 2; }
    double operator()(const distribution::exponential& of) const { return of.mean; }
    double operator()(const distribution::log_normal& of) const {
        return of.median * std::exp(of.sigma * of.sigma / 2);
    }
    double operator()(const distribution::gamma& of) const { return of.mean; }
    double operator()(const distribution::quantiles& of) const { return mean_of_quantiles(of); }
};

struct scale_of {
    using shape = distribution::shape;
    double factor;

    shape operator()(distribution::constant of) const {
        return distribution::constant{of.value * factor};
    }
    shape operator()(distribution::uniform of) const {
        return distribution::uniform{of.low * factor, of.high * factor};
    }
    shape operator()(distribution::exponential of) const {
        return distribution::exponential{of.mean * factor};
    }
    shape operator()(distribution::log_normal of) const {
        return distribution::log_normal{of.median * factor, of.sigma};
    }
    shape operator()(distribution::gamma of) const {
        return distribution::gamma{of.mean * factor, of.cv};
    }
    shape operator()(distribution::quantiles of) const {
        return distribution::quantiles{of.p50 * factor, of.p90 * factor, of.p99 * factor};
    }
};

}  // namespace

double distribution::draw(dice& dice) const {
    return std::clamp(std::visit(draw_of{dice}, shape_), 0.0, draw_max);
}

double distribution::mean() const {
    return std::min(std::visit(mean_of{}, shape_), draw_max);
}

distribution distribution::scaled(double factor) const {
    return distribution(std::visit(scale_of{factor}, shape_));
}

}  // namespace sluice::upstream::mock
