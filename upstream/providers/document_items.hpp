#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <string_view>

namespace sluice::upstream {

/// What the one document of an API says, as the items that its stream would have told: texts,
/// thoughts, calls, media. For who wants the words of an answer that is relayed. A document of
/// vectors or of a count says nothing.
///
/// False: it is no JSON object, or too large for a tree of it. What breaks a rule of its protocol
/// is told as far as it was understood.
bool read_document_items(api spoken, std::string_view document, batch_texts& texts, batch& out);

}  // namespace sluice::upstream
