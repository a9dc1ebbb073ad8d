#pragma once

#include "upstream/generation.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::upstream::mock {

// Settings that a prompt begins with (see `settings_in_prompt`) are no part of it here.

/// A number that stands for the conversation: roles, contents, names and tool calls. The model's
/// name, the tools and the sampling parameters are not in it.
std::uint64_t hash_prompt(const request& request);

/// An estimate of the prompt's size: each message (system text is one, too) and each tool
/// definition is one token per four bytes begun, at least one; a picture, a recording or a file
/// is 85. Thoughts of earlier answers count by their text, results of tools as any message.
std::int64_t count_prompt_tokens(const request& request);

/// The same of texts that are to be embedded, each of them at least one.
std::int64_t count_prompt_tokens(const embedding_request& request);

/// A number for each whole block of so many of those tokens, from the beginning on: system text,
/// tools, then the other messages. Each stands for all that is before the block's end, and for the
/// model, so that prompts share the numbers of what they have in common.
std::vector<std::uint64_t> prompt_prints(const request& request, std::int64_t block_tokens);

/// The text of the last message of a user; empty where there is none.
std::string last_user_text(const request& request);

}  // namespace sluice::upstream::mock
