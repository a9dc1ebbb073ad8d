#pragma once

#include "gateway/config/load.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

using strings = std::vector<std::string>;

/// What is said of a file called f.yaml.
inline strings errors_of(std::string_view yaml) {
    // A block of exactly this size: AddressSanitizer sees reads past its end.
    const std::vector<char> exact(yaml.begin(), yaml.end());
    const auto read = parse_configuration({exact.data(), exact.size()}, "f.yaml");
    return read ? strings{} : read.error().messages;
}

}  // namespace sluice::gateway
