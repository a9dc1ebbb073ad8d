#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/options.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::upstream::mock {

/// The calls of tools that an answer makes; none: it is text. After a tool's result it always is,
/// or a conversation would never end. Calls of a script are made as they are there, with an id
/// where they have none. Arguments are never empty, and some of their characters are escaped as
/// `\u00e9`, for models do both.
std::vector<tool_call> make_calls(
    const request& request, const options& options, std::uint64_t seed
);

/// What is wrong with the calls that the settings ask for; nothing: all is well.
std::optional<failure> check_calls(const request& request, const options& options);

}  // namespace sluice::upstream::mock
