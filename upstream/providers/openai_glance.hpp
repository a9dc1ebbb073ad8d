#pragma once

#include <optional>
#include <string_view>

namespace sluice::upstream {

/// What a chat completion chunk of the common shape tells: it belongs to one choice, and brings it
/// some content or none.
struct openai_glance {
    int choice = 0;
    bool content = false;  ///< in the sense of `verbatim`

    bool operator==(const openai_glance&) const = default;
};

/// Looks at a chunk in one pass, without building a JSON tree: a tree for each token would cost
/// more than all else that relaying it takes.
///
/// Tells only of what is beyond doubt: valid JSON with one choice, whose delta holds plain texts,
/// and with no usage, error or finish. Nothing for any other chunk, which is to be read in full.
/// Identity is not looked at.
std::optional<openai_glance> glance_at_openai_chunk(std::string_view data);

}  // namespace sluice::upstream
