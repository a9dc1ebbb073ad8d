#pragma once

#include "upstream/generation.hpp"

#include <string>
#include <string_view>

/// Opaque reasoning state in the one text field that a client's dialect has for it.
namespace sluice::gateway {

/// The text for a client whose dialect is that of `own`: state of that origin as it is, other state
/// marked with where it comes from, so that it goes back there and nowhere else.
std::string pack_state(
    const upstream::reasoning_state& state, upstream::reasoning_state::origin own
);

/// State that signs a call of a tool, or the text before it, for a dialect that has a place for the
/// state of thoughts alone: its id says what it belongs to.
upstream::reasoning_state mark_as_of_call(
    upstream::reasoning_state state, std::string_view call_id
);
upstream::reasoning_state mark_as_of_text(upstream::reasoning_state state);

/// What such a mark says; it is taken off.
struct state_owner {
    bool text = false;    ///< the text before it
    std::string call_id;  ///< a call; empty: none
};
state_owner take_owner(upstream::reasoning_state& state);

/// Takes the marks off the state in a body that goes to a provider of `own` as it came: that of its
/// own is as the provider made it, that of others is left out. A body without marks is not touched.
void unpack_body(std::string& body, upstream::reasoning_state::origin own);

/// The state that a client gives back. What bears no mark is `own`, of the form `how`.
upstream::reasoning_state unpack_state(
    std::string_view text,
    upstream::reasoning_state::origin own,
    upstream::reasoning_state::form how = upstream::reasoning_state::form::signature
);

}  // namespace sluice::gateway
