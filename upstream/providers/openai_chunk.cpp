#include "upstream/providers/openai_chunk.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_delta.hpp"
#include "upstream/providers/openai_logprobs.hpp"
#include "upstream/providers/openai_usage.hpp"
#include "upstream/providers/provider_errors.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::string_view nameless_call = "called a tool without naming it";

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
        const auto count = static_cast<int>(choices->size());
        for (int position = 0; position < count && seen.broken.empty(); ++position)
            read_choice(chunk, position, seen, texts, out);
    }
    const auto counted = openai_usage_of(chunk);
    note_count(seen, counted.has_value());
    read_usage(counted, out);
    return seen;
}

openai_chunk_reader::verdict openai_chunk_reader::read(
    const openai_glance& chunk, batch_texts& texts, batch& out
) {
    verdict seen;
    read_identity({chunk.id, chunk.model, chunk.created}, texts, out);
    if (!chunk.no_choice) {
        auto& state = state_of(chunk.choice);
        tell_texts(state, chunk, texts, out);
        state.has_content = state.has_content || chunk.content;
        seen.content = chunk.content;
        read_end(state, chunk.content, {chunk.finish_reason, {}, {}}, seen, texts, out);
    }
    const auto counted =
        chunk.usage.empty() ? std::optional<usage>() : read_openai_usage(chunk.usage);
    seen.usage_only = chunk.no_choice && json_walker(chunk.usage).next();
    note_count(seen, counted.has_value());
    read_usage(counted, out);
    return seen;
}

void openai_chunk_reader::tell_texts(
    const choice_state& state, const openai_glance& chunk, batch_texts& texts, batch& out
) const {
    if (use_ != purpose::translation || state.finished) return;
    const auto meant = [&](std::string_view raw) {
        const bool plain = raw.find('\\') == std::string_view::npos;
        return plain ? texts.keep(raw) : texts.keep(unescape_json(raw));
    };
    if (!chunk.reasoning.empty())
        out.items.emplace_back(reasoning_delta{state.index, meant(chunk.reasoning)});
    if (!chunk.text.empty()) out.items.emplace_back(text_delta{state.index, meant(chunk.text)});
    if (!chunk.refusal.empty())
        out.items.emplace_back(refusal_delta{state.index, meant(chunk.refusal)});
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
    const json& chunk, int position, verdict& seen, batch_texts& texts, batch& out
) {
    const auto& choice = chunk["choices"][static_cast<std::size_t>(position)];
    if (!choice.is_object()) return;
    auto* state = state_of(choice, position);
    if (state == nullptr) {
        seen.broken = "sent more choices than there can be";
        return;
    }
    const bool content = read_content(*state, choice, seen, texts, out);
    state->has_content = state->has_content || content;
    seen.content = seen.content || content;
    const bool tells = use_ == purpose::translation && !state->finished;
    if (tells && position == 0) sources_.read_lists(chunk, state->index, texts, out);
    const end_words words{
        find_text(choice, "finish_reason"),
        find_text(choice, "native_finish_reason"),  // OpenRouter
        find_text(choice, "stop_reason")};          // vLLM
    if (seen.broken.empty()) read_end(*state, content, words, seen, texts, out);
}

/// Some servers send usage with every chunk: only behind all content it tells that no more comes.
void openai_chunk_reader::note_count(const verdict& seen, bool counted) {
    counted_ = !seen.content && (counted_ || counted);
}

/// Content that comes for a choice after its end has no place to go.
bool openai_chunk_reader::read_content(
    choice_state& state, const json& choice, verdict& seen, batch_texts& texts, batch& out
) {
    const bool emits = use_ == purpose::translation && !state.finished;
    if (emits) read_openai_logprobs(choice, state.index, texts, out);
    const auto* delta = find(choice, "delta");
    if (delta != nullptr && delta->is_object()) return read_delta(state, *delta, seen, texts, out);
    const auto text = find_text(choice, "text");
    if (emits && !text.empty()) out.items.emplace_back(text_delta{state.index, texts.keep(text)});
    return !text.empty();
}

bool openai_chunk_reader::read_delta(
    choice_state& state, const json& delta, verdict& seen, batch_texts& texts, batch& out
) {
    const bool called =
        is_filled(find(delta, "tool_calls")) || is_filled(find(delta, "function_call"));
    const bool emits = use_ == purpose::translation && !state.finished;
    const bool content =
        read_openai_delta(delta, state.index, state.states, texts, emits ? &out : nullptr);
    if (emits && called && !read_calls(state, delta, texts, out)) {
        seen.broken = "sent more tool calls than there can be";
    }
    return content || called;
}

/// False: a bound was passed.
bool openai_chunk_reader::read_calls(
    choice_state& state, const json& delta, batch_texts& texts, batch& out
) {
    const auto* calls = find(delta, "tool_calls");
    if (!is_filled(calls)) {
        const auto& function = *find(delta, "function_call");
        return state.calls.read_function(function, texts, out) && !holds_too_much();
    }
    if (!state.calls.read(*calls, texts, out) || holds_too_much()) return false;
    state.states.release(state.calls, false, texts, out);
    state.states.read_calls(*calls, state.calls, texts, out);
    return true;
}

bool openai_chunk_reader::holds_too_much() const {
    std::size_t bytes = 0;
    for (const auto& each : choices_)
        bytes += each.calls.held_bytes();
    return bytes > call_bytes_max;
}

/// `content`: some has come together with the words. On the transparent way it is passed on all the
/// same.
void openai_chunk_reader::read_end(
    choice_state& state,
    bool content,
    const end_words& words,
    verdict& seen,
    batch_texts& texts,
    batch& out
) {
    const bool translates = use_ == purpose::translation;
    const bool late = content && (state.finished || (state.held && words.reason.empty()));
    if (translates && late) {
        seen.broken = late_content;
        return;
    }
    if (words.reason.empty()) return;
    if (is_failure(words.reason)) {
        seen.broken = "ended its answer with the finish_reason '" + std::string(words.reason) + "'";
        return;
    }
    if (state.finished) return;
    if (state.calls.lacks_name()) {
        seen.broken = nameless_call;
        return;
    }
    seen.content = true;
    if (!translates || !content) return tell_end(state, words, texts, out);
    state.held = held_end{
        std::string(words.reason), std::string(words.native), std::string(words.stop_sequence)};
}

void openai_chunk_reader::tell_end(
    choice_state& state, const end_words& words, batch_texts& texts, batch& out
) {
    state.finished = true;
    state.states.release(state.calls, true, texts, out);
    auto reason = reason_of(words.reason);
    // OpenAI says `stop` after a call that the request demanded by name.
    if (reason == finish_reason::stop && !state.calls.empty()) reason = finish_reason::tool_calls;
    const auto native = words.native.empty() ? words.reason : words.native;
    out.items.emplace_back(finish{
        state.index, reason, texts.keep(native), texts.keep(words.stop_sequence)});
}

bool openai_chunk_reader::all_finished(std::size_t asked) const {
    return choices_.size() >= asked && std::ranges::all_of(choices_, &choice_state::over);
}

bool openai_chunk_reader::answered() const {
    return std::ranges::any_of(choices_, [](const choice_state& each) {
        return each.has_content || each.finished;
    });
}

bool openai_chunk_reader::settled() const {
    return counted_ || std::ranges::none_of(choices_, [](const choice_state& each) {
               return each.has_content && !each.over();
           });
}

std::string_view openai_chunk_reader::finish_rest(batch_texts& texts, batch& out) {
    for (auto& state : choices_) {
        if (state.finished || !state.has_content) continue;
        if (state.calls.lacks_name()) return nameless_call;
        const auto words = state.held.value_or(held_end());
        tell_end(state, {words.reason, words.native, words.stop_sequence}, texts, out);
    }
    return {};
}

}  // namespace sluice::upstream
