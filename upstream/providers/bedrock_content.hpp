#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream {

/// One content block of a Converse message, or why there is none.
struct bedrock_block {
    nlohmann::json value;       ///< null: there is nothing to send
    std::string_view why = {};  ///< begins with a verb: "takes no ..."; empty: nothing is wrong
};

/// The block for one part of a message. Texts of white space alone, which the API refuses, and
/// thoughts that are not this model's are nothing. `number` makes the name of a document unique.
bedrock_block make_bedrock_block(const content_part& part, bool claude, std::size_t number);

/// An id of a tool's call as the API takes it: 64 letters, digits, '_' and '-'. The same id always
/// becomes the same.
std::string bedrock_call_id(std::string_view id);

/// Redacted thoughts of Anthropic's are text, which Bedrock has in base64 once more. What is no
/// such text belongs to another model and stays as it is.
reasoning_state bedrock_redacted_state(std::string_view base64);

}  // namespace sluice::upstream
