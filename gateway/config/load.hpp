#pragma once

#include "gateway/config/configuration.hpp"

#include <boost/system/result.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// What is wrong with a configuration file, each as `file:line:column: message`. Holds no secrets.
struct configuration_errors {
    std::vector<std::string> messages;
};

/// Reads YAML strictly: unknown and duplicate keys, wrong types, unresolved `${...}` references and
/// values out of range are errors, all of them reported at once. `name` is what messages call the
/// file.
boost::system::result<configuration, configuration_errors> parse_configuration(
    std::string_view yaml, const std::string& name
);

/// The same from a file; an unreadable file is an error, as is a secret that is written out in one
/// that everybody can read.
boost::system::result<configuration, configuration_errors> load_configuration(
    const std::string& path
);

/// JSON Schema (draft 2020-12) of the configuration, from the same table that the parser uses.
nlohmann::json configuration_schema();

/// The effective configuration for people, as YAML with secrets masked (`sluice check`).
std::string describe(const configuration& configuration);

}  // namespace sluice::gateway
