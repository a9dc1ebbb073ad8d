#include "upstream/providers/gemini_stream.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/text.hpp"

#include <string>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::size_t finish_bytes_max = 512;  // for people; Gemini quotes the malformed call

/// Whether the outline of it can be trusted.
bool is_plain_json(std::string_view text) {
    return !nested_deeper_than(text, provider_json_depth_max) && json::accept(text);
}

}  // namespace

void gemini_stream::read(const sse::frame& frame, std::string_view data, batch& out) {
    const bool outlined = transparent() && is_plain_json(data);
    const auto chunk = outlined ? gemini_outline(data) : parse_event(data, out);
    if (chunk.is_discarded()) return;
    if (is_error(chunk)) return fail(errors().reported(chunk), out);
    const auto whole = transparent() && !outlined ? gemini_outline(chunk.dump()) : json();
    const auto seen = chunks_.read(whole.is_null() ? chunk : whole, texts(), out);
    if (!seen.broken.empty()) return fail_broken(seen.broken, out);
    if (!seen.failed.empty()) return fail_finish(seen.failed, out);
    pass_frame(frame.raw, seen.content, out);
}

/// The model did something that can't be used; another attempt may do better.
void gemini_stream::fail_finish(std::string_view word, batch& out) {
    auto why = errors().broken(
        outcome::upstream_error, "ended its answer with " + clean_text(word, finish_bytes_max), true
    );
    why.code = clean_text(word.substr(0, word.find(':')), finish_bytes_max);
    fail(std::move(why), out);
}

void gemini_stream::conclude(batch& out) {
    if (!chunks_.all_finished()) return;
    chunks_.tell_finishes(texts(), out);
    complete(out);
}

bool gemini_stream::is_document(const json& value) const {
    const auto& first = value.is_array() && !value.empty() ? value.front() : value;
    return find(first, "candidates") != nullptr;
}

}  // namespace sluice::upstream
