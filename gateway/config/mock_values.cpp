#include "gateway/config/mock_values.hpp"

#include "gateway/config/scalars.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

using upstream::mock::distribution;
using upstream::mock::fault;
using upstream::mock::quantity;

constexpr double factor_min = 0.001;
constexpr double factor_max = 1000;

/// Where units stand, and where they do not.
constexpr std::string_view distribution_pattern =
    "^(\\d+(\\.\\d+)?(us|ms|s|m|h)?|[a-z]+\\([^()]+\\)|[^:]+:[^:]+:[^:]+)$|\\$\\{";

void report(const node& value, const std::string& wrong, problems& problems) {
    problems.add(value.at, subject(value) + " " + wrong + ", not " + in_quotes(value.text));
}

}  // namespace

std::optional<distribution> distribution_value::read(const node& value, problems& problems) const {
    const bool counts = of == quantity::count;
    const auto text = read_text(
        value,
        counts ? "a whole number or a distribution" : "a duration or a distribution",
        problems
    );
    if (!text) return std::nullopt;
    const auto read = upstream::mock::parse_distribution(*text, of);
    if (read) return *read;
    report(value, read.error(), problems);
    return std::nullopt;
}

json distribution_value::schema() const {
    json text = {{"type", "string"}, {"pattern", distribution_pattern}};
    if (of != quantity::count) return text;
    json whole = {{"type", "integer"}, {"minimum", 0}, {"maximum", 1'000'000}};
    return {{"anyOf", json::array({std::move(whole), std::move(text)})}};
}

json distribution_value::write(const distribution& value) const {
    if (of == quantity::count && value.is_constant())
        return static_cast<std::int64_t>(value.mean());
    return value.text(of);
}

std::optional<double> fine_duration_value::read(const node& value, problems& problems) const {
    const std::string wanted = "a duration with a unit (us, ms or s) such as 50us, at most " +
                               write(seconds_max).get<std::string>();
    const auto text = read_text(value, wanted, problems);
    if (!text) return std::nullopt;
    const auto read = upstream::mock::parse_distribution(*text, quantity::seconds);
    if (read && read->is_constant() && read->mean() <= seconds_max) return read->mean();
    report(value, "must be " + wanted, problems);
    return std::nullopt;
}

json fine_duration_value::schema() const {
    return {{"type", "string"}, {"pattern", "^\\d+(\\.\\d+)?(us|ms|s|m|h)$|^0$|\\$\\{"}};
}

json fine_duration_value::write(double value) const {
    return distribution(value).text(quantity::seconds);
}

std::optional<double> factor_value::read(const node& value, problems& problems) const {
    const std::string wanted = "a factor such as x4, between x0.001 and x1000";
    const auto text = read_text(value, wanted, problems);
    if (!text) return std::nullopt;
    const auto factor =
        text->starts_with('x') ? parse_number(std::string_view(*text).substr(1)) : std::nullopt;
    if (factor && *factor >= factor_min && *factor <= factor_max) return factor;
    report(value, "must be " + wanted, problems);
    return std::nullopt;
}

json factor_value::schema() const {
    return {{"type", "string"}, {"pattern", "^x\\d+(\\.\\d+)?$|\\$\\{"}};
}

json factor_value::write(double value) const {
    return "x" + distribution(value).text(quantity::count);
}

std::optional<fault> fault_value::read(const node& value, problems& problems) const {
    const auto text = read_text(value, "a fault such as 503 or stall-after=10", problems);
    if (!text) return std::nullopt;
    const auto read = upstream::mock::parse_fault(*text);
    if (!read) report(value, std::string(upstream::mock::fault_syntax()), problems);
    return read;
}

json fault_value::schema() const {
    const json status = {{"type", "integer"}, {"minimum", 400}, {"maximum", 599}};
    const json text = {
        {"type", "string"},
        {"pattern", "^([45]\\d\\d|unended|[a-z]+(-[a-z]+)*=\\d+(:\\d+)?)$|\\$\\{"}};
    return {{"anyOf", json::array({status, text})}};
}

json fault_value::write(const fault& value) const {
    if (!value) return nullptr;
    return upstream::mock::fault_text(value);
}

std::optional<std::string> raw_text_value::read(const node& value, problems& problems) const {
    if (!is_kind(value, node::type::scalar, "text", problems)) return std::nullopt;
    if (!value.text.empty() || may_be_empty) return value.text;
    problems.add(value.at, subject(value) + " is empty: it must be text");
    return std::nullopt;
}

json raw_text_value::schema() const {
    json schema = {{"type", "string"}};
    if (!may_be_empty) schema["minLength"] = 1;
    return schema;
}

json raw_text_value::write(const std::string& value) const {
    if (value.empty() && !may_be_empty) return nullptr;
    return value;
}

}  // namespace sluice::gateway
