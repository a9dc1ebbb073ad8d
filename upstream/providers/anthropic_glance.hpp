#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::upstream {

/// A content_block_delta of the common shape. Views point into the event.
struct anthropic_words {
    std::int64_t index = 0;  ///< of the block
    std::string_view type;   ///< of the delta: text_delta, thinking_delta, input_json_delta
    std::string_view raw;    ///< its words as they came, escapes and all
};

/// Reads a delta without a JSON tree, which would cost more than all else that a token takes. Tells
/// only what is beyond doubt; nothing for any other event, which is to be read in full. `event` is
/// UTF-8.
std::optional<anthropic_words> glance_at_words(std::string_view event);

}  // namespace sluice::upstream
