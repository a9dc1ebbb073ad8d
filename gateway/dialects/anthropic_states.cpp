#include "gateway/dialects/anthropic_states.hpp"

#include "gateway/dialects/opaque_state.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::gateway {

namespace {

using state = upstream::reasoning_state;

/// To the call that it signs.
void give_to_call(state owned, std::string_view id, upstream::message& message) {
    const auto call = std::ranges::find(message.tool_calls, id, &upstream::tool_call::id);
    if (call != message.tool_calls.end()) call->state = std::move(owned);
}

/// To the last text of those that came before it.
void give_to_text(state owned, std::vector<upstream::content_part>& before) {
    const auto text = std::find_if(before.rbegin(), before.rend(), [](const auto& part) {
        return std::holds_alternative<upstream::text_part>(part);
    });
    if (text != before.rend()) std::get<upstream::text_part>(*text).state = std::move(owned);
}

}  // namespace

std::string pack_thoughts(const state& from) {
    return pack_state(from, state::origin::anthropic);
}

state unpack_signature(std::string_view text) {
    return unpack_state(text, state::origin::anthropic, state::form::signature);
}

state unpack_redacted(std::string_view text) {
    return unpack_state(text, state::origin::anthropic, state::form::redacted);
}

void give_back_states(upstream::message& message) {
    std::vector<upstream::content_part> kept;
    for (auto& part : message.content) {
        auto* thoughts = std::get_if<upstream::reasoning_part>(&part);
        const bool has_state = thoughts != nullptr && thoughts->state;
        const auto owner = has_state ? take_owner(*thoughts->state) : state_owner();
        if (!owner.call_id.empty())
            give_to_call(std::move(*thoughts->state), owner.call_id, message);
        else if (owner.text)
            give_to_text(std::move(*thoughts->state), kept);
        else
            kept.push_back(std::move(part));
    }
    message.content = std::move(kept);
}

}  // namespace sluice::gateway
