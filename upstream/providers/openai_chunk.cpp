#include "upstream/providers/openai_chunk.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_delta.hpp"
#include "upstream/providers/openai_usage.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// Some servers send milliseconds.
std::int64_t as_seconds(std::int64_t created) {
    constexpr std::int64_t year_5138 = 100'000'000'000;
    return created > year_5138 ? created / 1000 : created;
}

bool is_failure(std::string_view word) {
    return word == "error" || word == "insufficient_system_resource" || word == "abort";
}

finish_reason reason_of(std::string_view word) {
    struct meaning {
        std::string_view word;
        finish_reason reason;
    };
    static constexpr std::array meanings{
        meaning{"length", finish_reason::length},
        meaning{"max_tokens", finish_reason::length},
        meaning{"model_length", finish_reason::length},  // Mistral
        meaning{"tool_calls", finish_reason::tool_calls},
        meaning{"tool_use", finish_reason::tool_calls},
        meaning{"function_call", finish_reason::tool_calls},
        meaning{"content_filter", finish_reason::content_filter},
        meaning{"safety", finish_reason::content_filter},
    };
    const auto found = std::ranges::find(meanings, word, &meaning::word);
    return found == meanings.end() ? finish_reason::stop : found->reason;
}

bool is_filled(const json* value) {
    return value != nullptr && (value->is_array() || value->is_object()) && !value->empty();
}

}  // namespace

openai_chunk_reader::verdict openai_chunk_reader::read(
    const json& chunk, batch_texts& texts, batch& out
) {
    verdict seen;
    const auto created = find_count(chunk, "created").value_or(0);
    read_identity({find_text(chunk, "id"), find_text(chunk, "model"), created}, texts, out);
    const auto* choices = find(chunk, "choices");
    if (choices != nullptr && choices->is_array()) {
        seen.usage_only = choices->empty() && is_filled(find(chunk, "usage"));
        int position = 0;
        for (const auto& choice : *choices) {
            read_choice(choice, position++, seen, texts, out);
            if (!seen.broken.empty()) break;
        }
    }
    read_usage(chunk, out);
    return seen;
}

openai_chunk_reader::verdict openai_chunk_reader::read(
    const openai_glance& chunk, batch_texts& texts, batch& out
) {
    verdict seen;
    read_identity({chunk.id, chunk.model, chunk.created}, texts, out);
    if (!chunk.no_choice) {
        auto& state = state_of(chunk.choice);
        state.has_content = state.has_content || chunk.content;
        seen.content = chunk.content;
        read_finish(state, chunk.finish_reason, seen, out);
    }
    if (chunk.usage.empty()) return seen;
    seen.usage_only = chunk.no_choice && json_walker(chunk.usage).next();
    read_usage(read_openai_usage(chunk.usage), out);
    return seen;
}

/// Azure's first chunk has an id and a model that are empty.
void openai_chunk_reader::read_identity(identity names, batch_texts& texts, batch& out) {
    if (identified_ || (names.id.empty() && names.model.empty())) return;
    identified_ = true;
    out.items.emplace_back(identity{
        texts.keep(names.id), texts.keep(names.model), as_seconds(names.created)});
}

void openai_chunk_reader::read_usage(const json& chunk, batch& out) {
    read_usage(openai_usage_of(chunk), out);
}

void openai_chunk_reader::read_usage(const std::optional<usage>& counted, batch& out) {
    if (!counted || counted == usage_) return;
    usage_ = counted;
    out.items.emplace_back(*counted);
}

openai_chunk_reader::choice_state* openai_chunk_reader::state_of(const json& choice, int position) {
    const auto index = find_count(choice, "index").value_or(position);
    if (index >= choices_max) return nullptr;
    return &state_of(static_cast<int>(index));
}

openai_chunk_reader::choice_state& openai_chunk_reader::state_of(int index) {
    const auto found = std::ranges::find(choices_, index, &choice_state::index);
    return found != choices_.end() ? *found : choices_.emplace_back(index);
}

void openai_chunk_reader::read_choice(
    const json& choice, int position, verdict& seen, batch_texts& texts, batch& out
) {
    if (!choice.is_object()) return;
    auto* state = state_of(choice, position);
    if (state == nullptr) {
        seen.broken = "sent more choices than there can be";
        return;
    }
    const auto* delta = find(choice, "delta");
    bool content = false;
    if (delta != nullptr && delta->is_object()) {
        content = read_delta(*state, *delta, seen, texts, out);
    } else if (const auto text = find_text(choice, "text"); !text.empty()) {
        content = true;
        const bool emits = use_ == purpose::translation && !state->finished;
        if (emits) out.items.emplace_back(text_delta{state->index, texts.keep(text)});
    }
    state->has_content = state->has_content || content;
    seen.content = seen.content || content;
    read_finish(*state, find_text(choice, "finish_reason"), seen, out);
}

bool openai_chunk_reader::read_delta(
    choice_state& state, const json& delta, verdict& seen, batch_texts& texts, batch& out
) {
    const auto* calls = find(delta, "tool_calls");
    const auto* function = find(delta, "function_call");
    const bool called = is_filled(calls) || is_filled(function);
    // What comes for a choice after its end has no place to go.
    const bool emits = use_ == purpose::translation && !state.finished;
    const bool content = read_openai_delta(delta, state.index, texts, emits ? &out : nullptr) ||
                         called || is_filled(find(delta, "audio"));
    if (!emits || !called) return content;
    bool bounded = calls == nullptr || state.calls.read(*calls, texts, out);
    if (bounded && function != nullptr && !is_filled(calls)) {
        bounded = state.calls.read_function(*function, texts, out);
    }
    if (!bounded) seen.broken = "sent more tool calls than there can be";
    return content;
}

void openai_chunk_reader::read_finish(
    choice_state& state, std::string_view word, verdict& seen, batch& out
) {
    if (word.empty()) return;
    if (is_failure(word)) {
        seen.broken = "ended its answer with the finish_reason '" + std::string(word) + "'";
        return;
    }
    if (state.finished) return;
    state.finished = true;
    seen.content = true;
    auto reason = reason_of(word);
    // OpenAI says `stop` after a call that the request demanded by name.
    if (reason == finish_reason::stop && !state.calls.empty()) reason = finish_reason::tool_calls;
    out.items.emplace_back(finish{state.index, reason});
}

bool openai_chunk_reader::all_finished() const {
    return !choices_.empty() && std::ranges::all_of(choices_, &choice_state::finished);
}

void openai_chunk_reader::finish_rest(batch& out) {
    for (auto& state : choices_) {
        if (state.finished || !state.has_content) continue;
        state.finished = true;
        const auto reason = state.calls.empty() ? finish_reason::stop : finish_reason::tool_calls;
        out.items.emplace_back(finish{state.index, reason});
    }
}

}  // namespace sluice::upstream
