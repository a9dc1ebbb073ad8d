#pragma once

#include "upstream/generation.hpp"

#include <string>
#include <string_view>

/// Opaque state in the fields that the Messages API has for it: the signature of thoughts, and
/// redacted thoughts.
///
/// State that signs a call of a tool, or a text, has no field of its own there. It travels as
/// redacted thoughts, which clients give back unread, and its id says what it belongs to.
namespace sluice::gateway {

/// The text for a block of thoughts or of redacted thoughts.
std::string pack_thoughts(const upstream::reasoning_state& state);

upstream::reasoning_state unpack_signature(std::string_view text);
upstream::reasoning_state unpack_redacted(std::string_view text);

/// Moves the state that belongs to a message's calls and texts from its thoughts to them.
void give_back_states(upstream::message& message);

}  // namespace sluice::gateway
