#pragma once

#include "upstream/mock/hash.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream::mock {

/// What a JSON schema says about a string. Lengths are in characters.
struct string_rules {
    std::size_t length_min = 0;
    std::size_t length_max = 1U << 20;
    std::string_view format;
    std::string_view pattern;
};

/// A string that follows the rules: the pattern before the format, lengths before both. Its length
/// is at least `length_min`, which the caller has bounded.
std::string sample_string(const string_rules& rules, dice& dice);

/// A string that matches a simple regular expression: literals, classes, groups, alternatives,
/// quantifiers, anchors at the ends. Nothing where it holds anything else, or where none of the
/// strings that were tried has a length within the rules.
std::optional<std::string> sample_pattern(const string_rules& rules, dice& dice);

std::size_t count_characters(std::string_view text);

}  // namespace sluice::upstream::mock
