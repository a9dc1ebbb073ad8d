#include "upstream/providers/openai_states.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_reasoning.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// `reasoning.text` with a signature, or `reasoning.encrypted`. Without data: neither.
reasoning_state state_of(const json& detail) {
    reasoning_state state;
    state.from = origin_of_format(find_text(detail, "format"));
    state.id = find_text(detail, "id");
    if (find_text(detail, "type") == "reasoning.encrypted") {
        state.how = form_of_encrypted(state.from);
        state.data = find_text(detail, "data");
    } else {
        state.data = find_text(detail, "signature");
    }
    return state;
}

reasoning_state google_signature(const json& holder) {
    reasoning_state state;
    state.from = reasoning_state::origin::gemini;
    const auto* extra = find(holder, "extra_content");
    const auto* google = extra == nullptr ? nullptr : find(*extra, "google");
    if (google != nullptr) state.data = find_text(*google, "thought_signature");
    return state;
}

}  // namespace

void openai_states::tell(
    const reasoning_state& state, int call, bool of_text, batch_texts& texts, batch& out
) const {
    out.items.emplace_back(reasoning_state_delta{
        choice_,
        state.from,
        state.how,
        texts.keep(state.data),
        // The id is the call's own.
        call >= 0 ? std::string_view() : texts.keep(state.id),
        call,
        of_text});
}

void openai_states::hold(reasoning_state state) {
    const auto size = state.data.size() + state.id.size();
    if (held_.size() == held_max || held_bytes_ + size > held_bytes_max) return;
    held_bytes_ += size;
    held_.push_back(std::move(state));
}

void openai_states::read_details(const json& delta, batch_texts& texts, batch& out) {
    const auto* details = find(delta, "reasoning_details");
    if (details == nullptr || !details->is_array()) return;
    for (const auto& detail : *details) {
        auto state = state_of(detail);
        if (state.data.empty()) continue;
        const bool of_call = state.from == reasoning_state::origin::gemini && !state.id.empty();
        if (of_call)
            hold(std::move(state));
        else
            tell(state, -1, false, texts, out);
    }
}

void openai_states::read_text(const json& delta, batch_texts& texts, batch& out) {
    const auto state = google_signature(delta);
    if (!state.data.empty()) tell(state, -1, true, texts, out);
}

void openai_states::read_calls(
    const json& fragments, const openai_tool_calls& calls, batch_texts& texts, batch& out
) {
    if (!fragments.is_array()) return;
    for (const auto& fragment : fragments) {
        const auto state = google_signature(fragment);
        const auto call = state.data.empty() ? -1 : calls.position_of_fragment(fragment);
        if (call >= 0) tell(state, call, false, texts, out);
    }
}

void openai_states::release(
    const openai_tool_calls& calls, bool all, batch_texts& texts, batch& out
) {
    std::erase_if(held_, [&](const reasoning_state& state) {
        const auto call = calls.position_of(state.id);
        if (call < 0 && !all) return false;
        tell(state, call, false, texts, out);
        held_bytes_ -= state.data.size() + state.id.size();
        return true;
    });
}

}  // namespace sluice::upstream
