#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::upstream::mock {

/// Appends `{token, logprob, bytes, top_logprobs}` of one token to a JSON array without its
/// brackets. The seed and the token decide the numbers; `alternatives` is how many the request
/// wants to see, the token itself among them.
void append_probability(
    std::string& out, std::string_view token, std::uint64_t seed, int alternatives
);

}  // namespace sluice::upstream::mock
