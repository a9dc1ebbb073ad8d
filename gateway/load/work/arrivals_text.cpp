#include "gateway/load/work/arrivals.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace sluice::gateway::load {

namespace {

using pattern = arrival_settings::pattern;

std::optional<double> number_in(std::string_view text) {
    double value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    const bool whole = read.ec == std::errc{} && read.ptr == end && std::isfinite(value);
    return whole ? std::optional(value) : std::nullopt;
}

/// `500ms`, `60s`, `5m`, `1h`.
std::optional<double> seconds_in(std::string_view text) {
    constexpr auto units = std::to_array<std::pair<std::string_view, double>>(
        {{"ms", 0.001}, {"s", 1}, {"m", 60}, {"h", 3600}}
    );
    for (const auto& [unit, seconds] : units) {
        if (!text.ends_with(unit)) continue;
        const auto number = number_in(text.substr(0, text.size() - unit.size()));
        if (number) return *number * seconds;
    }
    return {};
}

/// Takes the text before the next `divider` off.
std::string_view take_until(std::string_view& text, std::string_view divider) {
    const auto at = text.find(divider);
    const auto piece = text.substr(0, at);
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + divider.size());
    return piece;
}

/// One text on its way into settings; remembers the first problem.
class arrivals_text {
 public:
    explicit arrivals_text(std::string_view text) : text_(text) {}

    boost::system::result<arrival_settings, std::string> run() {
        auto rest = text_;
        const bool named = text_.find(':') != std::string_view::npos;
        take_pattern(named ? take_until(rest, ":") : "poisson");
        take_rates(take_until(rest, ","));
        const bool ends_in_comma = text_.ends_with(',');
        while (!rest.empty())
            take_option(take_until(rest, ","));
        if (ends_in_comma) fail("it ends in a comma");
        check_complete();
        if (!problem_.empty()) return problem_;
        return settings_;
    }

 private:
    void fail(std::string why) {
        if (problem_.empty())
            problem_ = "'" + std::string(text_) + "' is no pattern of arrivals: " + std::move(why);
    }

    void take_pattern(std::string_view name) {
        name_ = name;
        if (name == "constant")
            settings_.how = pattern::constant;
        else if (name == "poisson" || name == "ramp")
            settings_.how = pattern::poisson;
        else if (name == "gamma")
            settings_.how = pattern::gamma;
        else if (name == "burst")
            settings_.how = pattern::burst;
        else
            fail(
                "there is no '" + std::string(name) +
                "', only constant, poisson, gamma, burst and ramp"
            );
    }

    void take_rates(std::string_view rates) {
        if (name_ != "ramp") {
            settings_.rate = rate_in(rates);
            return;
        }
        if (rates.find("..") == std::string_view::npos)
            return fail("a ramp needs two rates, as in ramp:5..200,over=60s");
        settings_.rate = rate_in(take_until(rates, ".."));
        settings_.rate_end = rate_in(rates);
    }

    double rate_in(std::string_view text) {
        const auto rate = number_in(text);
        if (rate && *rate >= arrival_rate_min && *rate <= arrival_rate_max) return *rate;
        fail(
            "the rate must be 0.001 to 1000000 streams per second, not '" + std::string(text) + "'"
        );
        return 1;
    }

    void take_option(std::string_view option) {
        auto value = option;
        const auto key = take_until(value, "=");
        if (key == "cv" && name_ == "gamma" && !has_cv_) return take_cv(value);
        if (key == "size" && name_ == "burst" && !has_size_) return take_size(value);
        if (key == "over" && name_ == "ramp" && !has_over_) return take_over(value);
        const bool known = (key == "cv" && has_cv_) || (key == "size" && has_size_) ||
                           (key == "over" && has_over_);
        const auto what = "'" + std::string(key) + "'";
        fail(known ? what + " is given twice" : std::string(name_) + " takes no " + what);
    }

    void take_cv(std::string_view value) {
        has_cv_ = true;
        const auto cv = number_in(value);
        if (cv && *cv >= 0 && *cv <= arrival_cv_max)
            settings_.cv = *cv;
        else
            fail("cv must be 0 to 20, not '" + std::string(value) + "'");
    }

    void take_size(std::string_view value) {
        has_size_ = true;
        std::uint32_t size = 0;
        const char* end = value.data() + value.size();
        const auto read = std::from_chars(value.data(), end, size);
        const bool whole = read.ec == std::errc{} && read.ptr == end;
        if (whole && size >= 1 && size <= arrival_burst_max)
            settings_.burst_size = size;
        else
            fail("size must be 1 to 100000 streams, not '" + std::string(value) + "'");
    }

    void take_over(std::string_view value) {
        has_over_ = true;
        const auto seconds = seconds_in(value);
        if (seconds && *seconds > 0 && *seconds <= arrival_ramp_s_max)
            settings_.ramp_s = *seconds;
        else
            fail(
                "over must be a time with its unit, as 60s or 5m, not '" + std::string(value) + "'"
            );
    }

    void check_complete() {
        if (name_ == "gamma" && !has_cv_) fail("gamma needs cv, as in gamma:20,cv=4");
        if (name_ == "ramp" && !has_over_) fail("a ramp needs over, as in ramp:5..200,over=60s");
    }

    std::string_view text_;
    std::string_view name_;
    arrival_settings settings_;
    bool has_cv_ = false;
    bool has_size_ = false;
    bool has_over_ = false;
    std::string problem_;
};

}  // namespace

boost::system::result<arrival_settings, std::string> parse_arrivals(std::string_view text) {
    return arrivals_text(text).run();
}

}  // namespace sluice::gateway::load
