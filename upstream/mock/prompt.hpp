#pragma once

#include "upstream/generation.hpp"

#include <cstdint>

namespace sluice::upstream::mock {

/// A number that stands for the conversation: roles, contents, names and tool calls. The model's
/// name, the tools and the sampling parameters are not in it.
std::uint64_t hash_prompt(const request& request);

/// An estimate of the prompt's size: each message (system text is one, too) and each tool
/// definition is one token per four bytes begun, at least one; a picture, a recording or a file
/// is 85. Thoughts of earlier answers count by their text, results of tools as any message.
std::int64_t count_prompt_tokens(const request& request);

/// The same of texts that are to be embedded, each of them at least one.
std::int64_t count_prompt_tokens(const embedding_request& request);

}  // namespace sluice::upstream::mock
