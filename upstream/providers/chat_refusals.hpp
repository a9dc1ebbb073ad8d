#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <optional>
#include <string_view>

namespace sluice::upstream {

/// Refuses what is beyond a chat that takes texts, images of the user's, and tools, and that
/// answers with text and tool calls: other APIs, parts that only the client's own protocol can
/// carry, audio, files, pictures in the answer, one tool call at a time. Nothing where there is
/// nothing of that kind.
std::optional<failure> refuse_beyond_chat(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
