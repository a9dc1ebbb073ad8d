#include "upstream/providers/gemini_chunk.hpp"

#include "upstream/providers/gemini_words.hpp"
#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// In the outline: whether the candidate has content, and whether it calls functions.
constexpr const char* has_content = "hasContent";
constexpr const char* has_call = "hasCall";

bool is_flagged(const json& object, const char* key) {
    const auto* value = find(object, key);
    return value != nullptr && value->is_boolean() && value->get<bool>();
}

/// Where one is left out, it is the first candidate's: a zero is not written. Among several without
/// any, the place tells.
std::int64_t index_of(const json& candidates, std::size_t position) {
    const auto* index = find(candidates[position], "index");
    if (index != nullptr) return count_of(index).value_or(-1);
    const bool numbered = std::ranges::any_of(candidates, [](const auto& each) {
        return find(each, "index") != nullptr;
    });
    return numbered ? 0 : static_cast<std::int64_t>(position);
}

void keep_new(std::string& known, std::string_view told, bool& changed) {
    if (told.empty() || told == known) return;
    known = told;
    changed = true;
}

}  // namespace

gemini_chunk_reader::verdict gemini_chunk_reader::read(
    const json& chunk, batch_texts& texts, batch& out
) {
    verdict seen;
    read_identity(chunk, texts, out);
    const auto* candidates = find(chunk, "candidates");
    if (candidates != nullptr && candidates->is_array()) {
        for (std::size_t i = 0; i < candidates->size() && seen.broken.empty(); ++i) {
            const auto index = index_of(*candidates, i);
            if (index < 0 || index >= choices_max) {
                seen.broken = "sent a candidate whose index is out of range";
            } else {
                auto* state = state_of(static_cast<int>(index));
                read_candidate((*candidates)[i], *state, seen, texts, out);
            }
        }
    }
    read_feedback(chunk, seen, texts, out);
    read_usage(chunk, out);
    return seen;
}

/// Told again where the name comes later than the id.
void gemini_chunk_reader::read_identity(const json& chunk, batch_texts& texts, batch& out) {
    const bool known = !id_.empty() && !model_.empty();
    bool changed = false;
    if (known) return;
    keep_new(id_, find_text(chunk, "responseId"), changed);
    keep_new(model_, find_text(chunk, "modelVersion"), changed);
    if (changed) out.items.emplace_back(identity{texts.keep(id_), texts.keep(model_)});
}

void gemini_chunk_reader::read_usage(const json& chunk, batch& out) {
    const auto* metadata = find(chunk, "usageMetadata");
    if (metadata == nullptr) return;
    const auto counted = gemini_usage(*metadata);
    if (!counted || counted == usage_) return;
    usage_ = counted;
    out.items.emplace_back(*usage_);
}

/// A prompt that is refused has no candidates.
void gemini_chunk_reader::read_feedback(
    const json& chunk, verdict& seen, batch_texts& texts, batch& out
) {
    const auto* feedback = find(chunk, "promptFeedback");
    if (feedback == nullptr) return;
    const auto reason = find_text(*feedback, "blockReason");
    if (reason.empty() || !blocked_.empty()) return;
    blocked_ = reason;
    seen.content = true;
    if (!translates()) tell_finishes(texts, out);
}

void gemini_chunk_reader::read_candidate(
    const json& candidate, choice_state& state, verdict& seen, batch_texts& texts, batch& out
) {
    if (translates()) {
        read_logprobs(candidate, state, texts, out);
        read_parts(candidate, state, seen, texts, out);
        state.citations.read(candidate, texts, out);
    } else {
        seen.content = seen.content || is_flagged(candidate, has_content);
        state.called = state.called || is_flagged(candidate, has_call);
    }
    const auto word = find_text(candidate, "finishReason");
    if (word.empty() || word == "FINISH_REASON_UNSPECIFIED") return;
    state.finish = word;
    seen.content = true;
    if (!translates()) return tell_finish(state, texts, out);
    if (gemini_finish(word, false)) return;
    seen.failed = word;
    const auto message = find_text(candidate, "finishMessage");
    if (!message.empty()) seen.failed.append(": ").append(message);
}

/// They go ahead of the text that they are about.
void gemini_chunk_reader::read_logprobs(
    const json& candidate, const choice_state& state, batch_texts& texts, batch& out
) {
    const auto* result = find(candidate, "logprobsResult");
    if (result == nullptr) return;
    const auto content = gemini_logprobs(*result);
    if (content.empty()) return;
    out.items.emplace_back(logprobs_delta{state.index, texts.keep(content)});
}

void gemini_chunk_reader::read_parts(
    const json& candidate, choice_state& state, verdict& seen, batch_texts& texts, batch& out
) {
    const auto* content = find(candidate, "content");
    const auto* parts = content == nullptr ? nullptr : find(*content, "parts");
    if (parts == nullptr || !parts->is_array()) return;
    for (const auto& part : *parts) {
        if (seen.broken.empty()) read_part(part, state, seen, texts, out);
    }
}

/// Code that Gemini runs for itself, and its other tools, are no business of the client's.
void gemini_chunk_reader::read_part(
    const json& part, choice_state& state, verdict& seen, batch_texts& texts, batch& out
) {
    const auto* call = find(part, "functionCall");
    if (call != nullptr && call->is_object()) return read_call(part, state, seen, texts, out);
    if (find(part, "text") != nullptr || (part.size() == 1 && find(part, "thoughtSignature"))) {
        return read_text(part, state, texts, out);
    }
    const auto* media = find(part, "inlineData");
    if (media == nullptr || is_flagged(part, "thought")) return;
    const auto data = find_text(*media, "data");
    if (data.empty()) return;
    state.calls.close(texts, out);
    const auto type = texts.keep(find_text(*media, "mimeType"));
    out.items.emplace_back(media_delta{state.index, type, texts.keep(data)});
}

void gemini_chunk_reader::read_call(
    const json& part, choice_state& state, verdict& seen, batch_texts& texts, batch& out
) {
    if (!state.calls.read(*find(part, "functionCall"), id_, texts, out)) {
        seen.broken = "sent arguments of a function call that do not fit together";
        return;
    }
    const auto signature = find_text(part, "thoughtSignature");
    if (!signature.empty()) state.calls.sign(signature, texts, out);
}

void gemini_chunk_reader::read_text(
    const json& part, choice_state& state, batch_texts& texts, batch& out
) {
    const auto text = texts.keep(find_text(part, "text"));
    const bool thought = is_flagged(part, "thought");
    if (!text.empty()) {
        state.calls.close(texts, out);
        if (thought) {
            out.items.emplace_back(reasoning_delta{state.index, text});
        } else {
            state.citations.add_text(text);
            out.items.emplace_back(text_delta{state.index, text});
        }
    }
    const auto signature = find_text(part, "thoughtSignature");
    if (signature.empty()) return;
    reasoning_state_delta told;
    told.choice = state.index;
    told.from = reasoning_state::origin::gemini;
    told.data = texts.keep(signature);
    told.of_text = !thought;
    out.items.emplace_back(told);
}

bool gemini_chunk_reader::all_finished() const {
    if (!blocked_.empty() && choices_.empty()) return true;
    return !choices_.empty() &&
           std::ranges::none_of(choices_, [](const auto& each) { return each->finish.empty(); });
}

void gemini_chunk_reader::tell_finishes(batch_texts& texts, batch& out) {
    const bool blocked = choices_.empty() && !blocked_.empty();
    if (blocked && !std::exchange(told_blocked_, true)) {
        out.items.emplace_back(finish{0, finish_reason::content_filter, texts.keep(blocked_)});
    }
    for (const auto& each : choices_)
        tell_finish(*each, texts, out);
}

/// The relay passes failures on as they are, and meters them as ends.
void gemini_chunk_reader::tell_finish(choice_state& state, batch_texts& texts, batch& out) {
    if (state.finish.empty() || std::exchange(state.told, true)) return;
    state.calls.close(texts, out);
    const auto reason = gemini_finish(state.finish, state.called || state.calls.any());
    out.items.emplace_back(finish{
        state.index, reason.value_or(finish_reason::stop), texts.keep(state.finish)});
}

gemini_chunk_reader::choice_state* gemini_chunk_reader::state_of(int index) {
    const auto found =
        std::ranges::find(choices_, index, [](const auto& each) { return each->index; });
    if (found != choices_.end()) return found->get();
    return choices_.emplace_back(std::make_unique<choice_state>(index)).get();
}

}  // namespace sluice::upstream
