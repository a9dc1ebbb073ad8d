#include "upstream/providers/watsonx_stream.hpp"

#include "upstream/providers/json_read.hpp"

#include <algorithm>
#include <optional>
#include <variant>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::string_view terminator = "[DONE]";

bool is_filled_list(const json* value) {
    return value != nullptr && value->is_array() && !value->empty();
}

/// What the moderation found, in the service's own word; empty where it let everything pass.
std::string_view unsuitable_in(const json& chunk) {
    const auto* system = find(chunk, "system");
    const auto* warnings = system == nullptr ? nullptr : find(*system, "warnings");
    if (is_filled_list(warnings)) {
        for (const auto& warning : *warnings) {
            const auto id = find_text(warning, "id");
            if (id == "UNSUITABLE_INPUT") return "UNSUITABLE_INPUT";
            if (id == "UNSUITABLE_OUTPUT") return "UNSUITABLE_OUTPUT";
        }
    }
    return find(chunk, "moderations") == nullptr ? std::string_view() : "moderations";
}

/// A choice that brings nothing at all is one that the moderation has stopped.
bool is_empty(const json& choice) {
    return find(choice, "delta") == nullptr && find_text(choice, "finish_reason").empty();
}

/// Words of this service, and what they mean in chat completions. One that means a failure is
/// cleared.
struct finish_word {
    std::string_view native;
    const char* meaning;  ///< null: a failure
};

std::optional<finish_word> own_word(const json& choice, std::string_view unsuitable) {
    const auto word = find_text(choice, "finish_reason");
    // The service ends what takes it too long; what was made so far stands, as with any limit.
    if (word == "time_limit") return finish_word{"time_limit", "length"};
    if (word == "cancelled") return finish_word{"cancelled", nullptr};
    if (word == "error") return finish_word{"error", nullptr};
    if (!unsuitable.empty() && is_empty(choice)) return finish_word{unsuitable, "content_filter"};
    return {};
}

}  // namespace

watsonx_stream::watsonx_stream(const provider_errors& errors)
    : event_stream(way::translated, errors), chunks_(openai_chunk_reader::purpose::translation) {}

void watsonx_stream::read(const sse::frame& frame, std::string_view data, batch& out) {
    if (data == terminator) return finish(out);
    if (frame.type == "error") return fail(errors().reported(data), out);
    auto chunk = parse_event(data, out);
    if (chunk.is_discarded()) return;
    if (chunk.is_object()) read_chunk(std::move(chunk), out);
    if (frame.type == "close" && !ended()) close(out);
}

void watsonx_stream::read_chunk(json chunk, batch& out) {
    const auto unsuitable = unsuitable_in(chunk);
    std::string_view failed;
    if (const auto choices = chunk.find("choices"); choices != chunk.end() && choices->is_array()) {
        for (auto& choice : *choices) {
            const auto word = choice.is_object() ? own_word(choice, unsuitable) : std::nullopt;
            if (!word) continue;
            choice["finish_reason"] = word->meaning == nullptr ? json() : json(word->meaning);
            choice["native_finish_reason"] = word->native;
            if (word->meaning == nullptr) failed = word->native;
        }
    }
    const auto first = out.items.size();
    const auto seen = chunks_.read(chunk, texts(), out);
    retell(first, out);
    last_ = last_ || seen.usage_only;
    if (!seen.broken.empty()) return fail_broken(seen.broken, out);
    if (failed.empty()) return;
    fail_broken("ended its answer with the finish_reason '" + std::string(failed) + "'", out);
}

/// `event: close` says what the end of the file would say.
void watsonx_stream::close(batch& out) {
    conclude(out);
    if (!ended()) fail_unfinished(out);
}

void watsonx_stream::conclude(batch& out) {
    if (last_ || chunks_.all_finished()) return finish(out);
    for (auto& each : splits_)
        release(each, out);
}

void watsonx_stream::finish(batch& out) {
    const auto first = out.items.size();
    const bool settled = chunks_.settled();
    const auto broken = settled ? chunks_.finish_rest(texts(), out) : std::string_view();
    retell(first, out);
    for (auto& each : splits_)
        release(each, out);
    if (!broken.empty()) return fail_broken(broken, out);
    if (!settled) return fail_unexplained(out);
    finished_ ? complete(out) : fail_unfinished(out);
}

void watsonx_stream::fail_unfinished(batch& out) {
    constexpr std::string_view message = "closed its answer before the end";
    fail(errors().broken(outcome::upstream_eof, message, true), out);
}

bool watsonx_stream::is_error(const json& value) const {
    return event_stream::is_error(value) || is_filled_list(find(value, "errors"));
}

bool watsonx_stream::is_document(const json& value) const {
    return find(value, "choices") != nullptr;
}

// ---- thoughts within the text ----

/// Tells anew what a chunk brought, from the item `first` on.
void watsonx_stream::retell(std::size_t first, batch& out) {
    const auto begin = out.items.begin() + static_cast<std::ptrdiff_t>(first);
    told_.assign(begin, out.items.end());
    out.items.erase(begin, out.items.end());
    for (const auto& told : told_)
        retell(told, out);
}

void watsonx_stream::retell(const item& told, batch& out) {
    if (const auto* text = std::get_if<text_delta>(&told)) return retell_text(*text, out);
    if (const auto* end = std::get_if<upstream::finish>(&told)) return retell_finish(*end, out);
    if (const auto* call = std::get_if<tool_call_delta>(&told)) return retell_call(*call, out);
    if (const auto* thought = std::get_if<reasoning_delta>(&told)) {
        split_of(thought->choice).apart = true;
    }
    out.items.push_back(told);
}

void watsonx_stream::retell_text(const text_delta& text, batch& out) {
    auto& split = split_of(text.choice);
    if (split.apart) release(split, out);
    if (split.tags.plain()) {
        out.items.emplace_back(text);
        return;
    }
    split.tags.feed(text.text, pieces_);
    put_pieces(text.choice, out);
}

/// Granite 4 writes the arguments as a JSON string within the JSON string.
void watsonx_stream::retell_call(tool_call_delta told, batch& out) {
    std::string arguments;
    arguments_of(told.choice, told.index).feed(told.arguments, arguments);
    told.arguments = texts().keep(arguments);
    if (told.arguments.empty() && told.name.empty() && told.id.empty()) return;
    out.items.emplace_back(told);
}

void watsonx_stream::retell_finish(const upstream::finish& told, batch& out) {
    finished_ = true;
    release(split_of(told.choice), out);
    out.items.emplace_back(told);
}

void watsonx_stream::release(split& of, batch& out) {
    if (of.tags.plain()) return;
    of.tags.end(pieces_);
    put_pieces(of.choice, out);
}

void watsonx_stream::put_pieces(int choice, batch& out) {
    for (const auto& [thought, text] : pieces_) {
        const auto kept = texts().keep(text);
        if (thought) {
            out.items.emplace_back(reasoning_delta{choice, kept});
        } else {
            out.items.emplace_back(text_delta{choice, kept});
        }
    }
    pieces_.clear();
}

quoted_json& watsonx_stream::arguments_of(int choice, int call) {
    auto& all = split_of(choice).arguments;
    // The chunk reader has bounded how many calls there are.
    const auto index = static_cast<std::size_t>(call);
    if (all.size() <= index) all.resize(index + 1);
    return all[index];
}

watsonx_stream::split& watsonx_stream::split_of(int choice) {
    const auto found = std::ranges::find(splits_, choice, &split::choice);
    if (found != splits_.end()) return *found;
    auto& added = splits_.emplace_back();
    added.choice = choice;
    return added;
}

}  // namespace sluice::upstream
