#pragma once

#include "upstream/generation.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream {

/// One content block of the Messages API, or why there is none.
struct anthropic_block {
    nlohmann::json value;  ///< null: there is nothing to send
    std::string_view why;  ///< begins with a verb: "takes no ..."; empty: nothing is wrong
    bool by_id = false;    ///< it names a file that the provider keeps
};

/// The block for one part of a message. Texts of white space alone, which the API refuses, and
/// thoughts that another protocol signed, are nothing.
anthropic_block make_anthropic_block(const content_part& part);

/// A tool call's arguments as the object that the API wants. What is none is put into one, as the
/// documentation of fine-grained tool streaming advises.
nlohmann::json anthropic_tool_input(std::string_view arguments);

}  // namespace sluice::upstream
