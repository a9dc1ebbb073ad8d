#pragma once

#include "gateway/config/load.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <ostream>
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

/// A file that is wrong, and all that is said of it.
struct mistake {
    const char* sentence;
    std::string yaml;
    strings messages;
};

inline void PrintTo(const mistake& one, std::ostream* out) {
    *out << one.sentence;
}

/// The sentence as the name of a test.
inline std::string name_of(const ::testing::TestParamInfo<mistake>& info) {
    std::string name;
    bool upper = true;
    for (const char* c = info.param.sentence; *c != '\0'; ++c) {
        if (std::isalnum(static_cast<unsigned char>(*c)) == 0) {
            upper = true;
            continue;
        }
        name += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(*c))) : *c;
        upper = false;
    }
    return name;
}

}  // namespace sluice::gateway
