#include "upstream/mock/distribution.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace sluice::upstream::mock {
namespace {

using complaint = std::optional<std::string>;

constexpr double seconds_max = 3600;  // nobody waits longer for a token
constexpr double count_max = 1e6;     // as long as an answer may be
/// A spread of more makes most draws nothing and a few enormous.
constexpr double sigma_max = 5;
constexpr double cv_max = 10;

struct unit {
    std::string_view name;
    double per_second;  ///< how many of it make a second; of the longer ones, 0
    double seconds;
};

constexpr std::array<unit, 5> units{
    {{"us", 1e6, 0}, {"ms", 1e3, 0}, {"s", 1, 1}, {"m", 0, 60}, {"h", 0, 3600}}};

/// Twelve digits: what a division by 1000 adds behind them is not shown.
std::string plain(double value) {
    std::array<char, 32> text{};
    const int size = std::snprintf(text.data(), text.size(), "%.12g", value);
    return {text.data(), static_cast<std::size_t>(size)};
}

std::string value_text(double value, quantity of) {
    if (of == quantity::count) return plain(value);
    if (value == 0) return "0ms";
    const unit& best = value < 1e-3 ? units[0] : value < 1 ? units[1] : units[2];
    return plain(value * best.per_second) + std::string(best.name);
}

struct text_of {
    quantity unit_of;

    std::string value(double number) const { return value_text(number, unit_of); }

    std::string operator()(const distribution::constant& it) const { return value(it.value); }
    std::string operator()(const distribution::uniform& it) const {
        return "uniform(" + value(it.low) + "," + value(it.high) + ")";
    }
    std::string operator()(const distribution::exponential& it) const {
        return "exponential(" + value(it.mean) + ")";
    }
    std::string operator()(const distribution::log_normal& it) const {
        return "lognormal(" + value(it.median) + "," + plain(it.sigma) + ")";
    }
    std::string operator()(const distribution::gamma& it) const {
        return "gamma(" + value(it.mean) + "," + plain(it.cv) + ")";
    }
    std::string operator()(const distribution::quantiles& it) const {
        return value(it.p50) + ":" + value(it.p90) + ":" + value(it.p99);
    }
};

std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string_view> split(std::string_view text, char by) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(by);
        parts.push_back(trim(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// Digits with perhaps a point among them: neither signs nor exponents. What stands behind is left.
std::optional<double> take_number(std::string_view& text) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789."), text.size());
    const std::string_view digits = text.substr(0, end);
    double value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + end, value);
    if (digits.empty() || digits.front() == '.' || digits.back() == '.') return std::nullopt;
    if (error != std::errc{} || stop != digits.data() + end) return std::nullopt;
    text.remove_prefix(end);
    return value;
}

std::optional<double> parse_plain(std::string_view text) {
    const auto value = take_number(text);
    return text.empty() ? value : std::nullopt;
}

std::optional<double> parse_value(std::string_view text, quantity of) {
    if (of == quantity::count) return parse_plain(text);
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    if (text.empty() && of == quantity::milliseconds) return *number / 1e3;
    if (text.empty() && *number == 0) return 0;
    for (const unit& unit : units) {
        if (text != unit.name) continue;
        return unit.per_second != 0 ? *number / unit.per_second : *number * unit.seconds;
    }
    return std::nullopt;
}

std::string syntax(quantity of) {
    const std::string value = of == quantity::count     ? "a whole number such as 100"
                              : of == quantity::seconds ? "a duration with a unit (us, ms, s, m "
                                                          "or h) such as 200ms"
                                                        : "milliseconds such as 200, or a "
                                                          "duration such as 80us";
    return "must be " + value +
           ", or uniform(LOW,HIGH), exponential(MEAN), lognormal(MEDIAN,SIGMA), gamma(MEAN,CV) or "
           "quantiles P50:P90:P99";
}

complaint check_values(std::initializer_list<double> values, quantity of) {
    const double max = of == quantity::count ? count_max : seconds_max;
    for (const double value : values) {
        if (value <= max) continue;
        return "must be at most " +
               std::string(of == quantity::count ? "1000000" : "1h (3600000 milliseconds)");
    }
    return std::nullopt;
}

struct check_shape {
    quantity of;

    complaint operator()(const distribution::constant& shape) const {
        if (of == quantity::count && shape.value != std::floor(shape.value)) return syntax(of);
        return check_values({shape.value}, of);
    }
    complaint operator()(const distribution::uniform& shape) const {
        if (shape.low > shape.high) return "must have its LOW below its HIGH";
        return check_values({shape.high}, of);
    }
    complaint operator()(const distribution::exponential& shape) const {
        return check_values({shape.mean}, of);
    }
    complaint operator()(const distribution::log_normal& shape) const {
        if (shape.sigma > sigma_max) return "must have a SIGMA of at most 5";
        return check_values({shape.median}, of);
    }
    complaint operator()(const distribution::gamma& shape) const {
        if (shape.cv > cv_max) return "must have a CV of at most 10";
        return check_values({shape.mean}, of);
    }
    complaint operator()(const distribution::quantiles& shape) const {
        if (shape.p50 <= 0) return "must have quantiles above 0";
        if (shape.p50 > shape.p90 || shape.p90 > shape.p99)
            return "must have quantiles that do not fall";
        return check_values({shape.p99}, of);
    }
};

using shape = distribution::shape;

std::optional<shape> parse_quantiles(std::string_view text, quantity of) {
    const auto parts = split(text, ':');
    if (parts.size() != 3) return std::nullopt;
    const auto p50 = parse_value(parts[0], of);
    const auto p90 = parse_value(parts[1], of);
    const auto p99 = parse_value(parts[2], of);
    if (!p50 || !p90 || !p99) return std::nullopt;
    return distribution::quantiles{*p50, *p90, *p99};
}

std::optional<shape> parse_call(
    std::string_view name, std::span<const std::string_view> given, quantity of
) {
    const auto first = given.empty() ? std::nullopt : parse_value(given[0], of);
    if (!first) return std::nullopt;
    if (name == "exponential" && given.size() == 1) return distribution::exponential{*first};
    if (given.size() != 2) return std::nullopt;
    const auto second = name == "uniform" ? parse_value(given[1], of) : parse_plain(given[1]);
    if (!second) return std::nullopt;
    if (name == "uniform") return distribution::uniform{*first, *second};
    if (name == "lognormal") return distribution::log_normal{*first, *second};
    if (name == "gamma") return distribution::gamma{*first, *second};
    return std::nullopt;
}

std::optional<shape> parse_shape(std::string_view text, quantity of) {
    if (text.find(':') != std::string_view::npos) return parse_quantiles(text, of);
    const std::size_t open = text.find('(');
    if (open != std::string_view::npos && text.ends_with(')')) {
        const auto inside = text.substr(open + 1, text.size() - open - 2);
        return parse_call(trim(text.substr(0, open)), split(inside, ','), of);
    }
    const auto value = parse_value(text, of);
    if (!value) return std::nullopt;
    return distribution::constant{*value};
}

}  // namespace

std::string distribution::text(quantity of) const {
    return std::visit(text_of{of}, shape_);
}

boost::system::result<distribution, std::string> parse_distribution(
    std::string_view text, quantity of
) {
    const auto shape = parse_shape(trim(text), of);
    if (!shape) return syntax(of);
    if (auto wrong = std::visit(check_shape{of}, *shape)) return *std::move(wrong);
    return distribution(*shape);
}

}  // namespace sluice::upstream::mock
