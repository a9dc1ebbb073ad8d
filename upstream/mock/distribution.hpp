#pragma once

#include "upstream/mock/hash.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <variant>

namespace sluice::upstream::mock {

/// What the numbers of a distribution are, where its text does not say.
enum class quantity {
    count,        ///< plain numbers, as of tokens
    seconds,      ///< `200ms`, `1.5s`, `80us`: a unit is needed, except with 0
    milliseconds  ///< as `seconds`, but a number without a unit is milliseconds; still seconds here
};

/// A distribution of numbers that are not negative. Draws are the same for the same dice on every
/// machine. A value; cheap to copy.
class distribution {
 public:
    struct constant {
        double value;
    };
    struct uniform {
        double low, high;
    };
    struct exponential {
        double mean;
    };
    struct log_normal {
        double median, sigma;
    };
    /// `cv` is the standard deviation divided by the mean.
    struct gamma {
        double mean, cv;
    };
    /// Half of all are below `p50`, and so on; straight between these on a scale of logarithms.
    struct quantiles {
        double p50, p90, p99;
    };
    using shape = std::variant<constant, uniform, exponential, log_normal, gamma, quantiles>;

    distribution() : distribution(constant{0}) {}
    explicit distribution(double value) : shape_(constant{value}) {}
    explicit distribution(shape form) : shape_(form) {}

    double draw(dice& dice) const;
    /// What a draw is on average; of quantiles, near it.
    double mean() const;
    bool is_constant() const { return std::holds_alternative<constant>(shape_); }
    /// The same numbers times `factor`.
    distribution scaled(double factor) const;

    /// As `parse_distribution` reads it.
    std::string text(quantity of) const;

    bool operator==(const distribution& other) const {
        return text(quantity::count) == other.text(quantity::count);
    }

 private:
    shape shape_;
};

/// `200ms`, `uniform(100ms,300ms)`, `exponential(20ms)`, `lognormal(MEDIAN,SIGMA)`,
/// `gamma(MEAN,CV)`, or quantiles `P50:P90:P99`. An error is a sentence without a subject, as
/// "must be ...".
boost::system::result<distribution, std::string> parse_distribution(
    std::string_view text, quantity of
);

}  // namespace sluice::upstream::mock
