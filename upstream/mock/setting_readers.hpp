#pragma once

#include "upstream/mock/distribution.hpp"
#include "upstream/mock/options.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream::mock {

/// Options on their way: lengths are not drawn yet.
struct draft {
    options out;
    std::optional<distribution> tokens;
    std::optional<distribution> reasoning;
    bool echo = false;
};

/// Settings by suffix, with '-' and not '_'.
using setting_map = std::map<std::string, std::string>;

/// Reads all settings into the draft; the first that is unknown or wrong is a 400.
std::optional<failure> read_settings(const setting_map& settings, draft& into);

}  // namespace sluice::upstream::mock
