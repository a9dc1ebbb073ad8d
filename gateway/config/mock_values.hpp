#pragma once

#include "gateway/config/configuration.hpp"
#include "gateway/config/values.hpp"
#include "upstream/mock/settings.hpp"

#include <optional>
#include <string>
#include <vector>

/// Types of values that only the mock model has.
namespace sluice::gateway {

/// A number or a distribution of numbers, see `upstream::mock::parse_distribution`.
struct distribution_value {
    upstream::mock::quantity of;

    std::optional<upstream::mock::distribution> read(const node& value, problems& problems) const;
    json schema() const;
    json write(const upstream::mock::distribution& value) const;
};

/// A duration with fractions and microseconds; in seconds here.
struct fine_duration_value {
    double seconds_max;

    std::optional<double> read(const node& value, problems& problems) const;
    json schema() const;
    json write(double value) const;
};

/// `x4`: so many times as much.
struct factor_value {
    std::optional<double> read(const node& value, problems& problems) const;
    json schema() const;
    json write(double value) const;
};

/// As `X-Mock-Error` has it.
struct fault_value {
    std::optional<upstream::mock::fault> read(const node& value, problems& problems) const;
    json schema() const;
    json write(const upstream::mock::fault& value) const;
};

/// Text as it stands, line ends and `${...}` included.
struct raw_text_value {
    bool may_be_empty = false;

    std::optional<std::string> read(const node& value, problems& problems) const;
    json schema() const;
    json write(const std::string& value) const;
};

/// A list of rules, or the path of a YAML file that holds one.
struct script_value {
    std::optional<upstream::mock::script> read(const node& value, problems& problems) const;
    json schema() const;
    json write(const upstream::mock::script& value) const;
};

}  // namespace sluice::gateway
