#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace sluice::upstream {

/// What Claude asks of a conversation's turns, be they told in the blocks of the Messages API or in
/// Converse's. A turn is an object of a role and its blocks, of which none has no blocks.

/// A conversation has to begin with the user's words; where it does not, these stand for them.
inline constexpr std::string_view no_words = ".";

/// Puts a turn of the user's, which holds `words`, before anything else that begins.
void begin_with_user(nlohmann::json& turns, nlohmann::json words);

/// White space at the end of an answer that is to be gone on with is refused, so it is taken off.
/// The model may then say it again: whoever puts the two together has to see to that.
void trim_last_words(nlohmann::json& turns);

/// Calls of the last answer were just answered, and that answer does not begin with thoughts that
/// the model would know again. It refuses to think on behind it.
bool has_lost_thoughts(const nlohmann::json& turns);

}  // namespace sluice::upstream
