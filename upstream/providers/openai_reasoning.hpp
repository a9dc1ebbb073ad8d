#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/openai_host.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// Thoughts in OpenAI's protocols: how they are asked for, and in chat completions how earlier ones
/// and their opaque state go back.
namespace sluice::upstream {

/// Whether it is not to think at all.
bool is_thoughtless(const reasoning_wish& wish);
/// The word for how hard to think, of a budget too; empty: there is none. `wide`: words besides
/// low, medium and high are known.
std::string openai_effort_of(const reasoning_wish& wish, bool wide);

/// Says in the host's words how much it is to think. False: the wish, or part of it, cannot be
/// said.
bool put_openai_reasoning(
    const reasoning_wish& wish, const openai_host& host, nlohmann::json& body
);

/// Adds the thoughts of an assistant's message `from` to its translation, where the host wants
/// them.
void put_openai_thoughts(const message& from, const openai_host& host, nlohmann::json& to);

/// Whose opaque state it is, by the `format` of OpenRouter's `reasoning_details`; and the reverse.
reasoning_state::origin origin_of_format(std::string_view format);
std::string_view format_of_origin(reasoning_state::origin whose);
/// What an encrypted entry of that list is to the protocol that made it.
reasoning_state::form form_of_encrypted(reasoning_state::origin whose);

}  // namespace sluice::upstream
