#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The one answer that every provider of these tests gives, so that a client can tell each missing,
/// doubled or changed byte.
namespace sluice::faults {

/// About forty tokens with umlauts, ideographs, emoji of several code points, quotes, line ends,
/// and words that look like the protocol.
const std::vector<std::string>& known_tokens();
/// The tokens joined.
const std::string& known_answer();

/// Where the answer has to begin, as an index into `known_tokens`, for a conversation whose last
/// message is the beginning of the assistant's answer, or whose last two are that and a request to
/// go on: behind what was said already. 0 for all other conversations. Nothing: what is to be gone
/// on with is not the beginning of the known answer, or does not end where a token does.
std::optional<std::size_t> first_token_of(const nlohmann::json& messages);

}  // namespace sluice::faults
