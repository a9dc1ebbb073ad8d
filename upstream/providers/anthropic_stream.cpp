#include "upstream/providers/anthropic_stream.hpp"

#include "upstream/json_members.hpp"
#include "upstream/providers/anthropic_glance.hpp"
#include "upstream/providers/anthropic_stop.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/utf8.hpp"

#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// What the transparent way has to know of a content_block_delta, without parsing what is in it.
struct glance {
    bool sound = false;    ///< it is one
    bool content = false;  ///< it adds to what people or tools get
};

bool adds_content(std::string_view delta) {
    json_walker member(delta);
    while (member.next()) {
        for (const auto* key : {"text", "thinking", "partial_json"}) {
            if (member.key_is(key) && member.value() != "\"\"") return true;
        }
    }
    return false;
}

glance look_at_delta(std::string_view event) {
    glance seen;
    bool right_type = false;
    json_walker member(event);
    while (member.next()) {
        if (member.key_is("type")) right_type = member.value() == "\"content_block_delta\"";
        if (member.key_is("delta")) seen.content = adds_content(member.value());
    }
    seen.sound = right_type && !member.failed();
    return seen;
}

/// A block whose start is already something of the answer, rather than the announcement of it.
bool starts_with_content(const json& event) {
    const auto* block = find(event, "content_block");
    if (block == nullptr) return false;
    return find_text(*block, "type") == "tool_use" || !find_text(*block, "text").empty() ||
           !find_text(*block, "thinking").empty();
}

bool goes_on_with_content(const json& event) {
    const auto* delta = find(event, "delta");
    if (delta == nullptr) return false;
    return !find_text(*delta, "text").empty() || !find_text(*delta, "thinking").empty() ||
           !find_text(*delta, "partial_json").empty();
}

}  // namespace

void anthropic_stream::read(const sse::frame& frame, std::string_view data, batch& out) {
    if (transparent() && frame.type == "content_block_delta") {
        const auto seen = look_at_delta(data);
        relayed_content_ = relayed_content_ || seen.content;
        if (seen.sound) return pass_frame(frame.raw, seen.content, out);
    }
    if (!transparent() && read_words(frame, data, out)) return;
    // OpenRouter ends this protocol as it ends its own.
    if (data == "[DONE]") return pass_frame(frame.raw, false, out);
    read_event(frame, data, out);
}

/// The common case, without a JSON tree.
bool anthropic_stream::read_words(const sse::frame& frame, std::string_view data, batch& out) {
    if (frame.type != "content_block_delta" || !is_utf8(data)) return false;
    const auto seen = glance_at_words(data);
    if (!seen) return false;
    const bool plain = seen->raw.find('\\') == std::string_view::npos;
    if (finished_ && !seen->raw.empty()) {
        fail_broken(late_content, out);
    } else if (plain) {
        blocks_.words(seen->index, seen->type, seen->raw, texts(), out);
    } else {
        blocks_.words(seen->index, seen->type, unescape_json(seen->raw), texts(), out);
    }
    return true;
}

void anthropic_stream::read_event(const sse::frame& frame, std::string_view data, batch& out) {
    const auto event = parse_json(data);
    if (event.is_discarded()) return fail_broken("sent an event that is not JSON", out);
    if (frame.type == "error" || is_error(event)) {
        return fail_reported(event, out);
    }
    const auto type = find_text(event, "type");
    bool content = false;
    if (type == "message_start") {
        read_start(event, out);
    } else if (type == "message_delta") {
        const bool before = finished_;
        read_message_delta(event, out);
        content = finished_ != before;
    } else if (type == "message_stop") {
        return read_stop(frame.raw, out);
    } else if (type.starts_with("content_block_")) {
        content = read_block(type, event, out);
    }
    relayed_content_ = relayed_content_ || content;
    if (!ended()) pass_frame(frame.raw, content, out);
}

/// Whether it is content, in the sense of `verbatim`.
bool anthropic_stream::read_block(std::string_view type, const json& event, batch& out) {
    const bool content = (type == "content_block_start" && starts_with_content(event)) ||
                         (type == "content_block_delta" && goes_on_with_content(event));
    if (transparent()) return content;
    if (content && finished_) {
        fail_broken(late_content, out);
    } else if (type == "content_block_start") {
        fail_if(blocks_.start(event, texts(), out), out);
    } else if (type == "content_block_delta") {
        fail_if(blocks_.delta(event, texts(), out), out);
    } else if (type == "content_block_stop") {
        blocks_.stop(event, texts(), out);
    }
    return content;
}

void anthropic_stream::read_start(const json& event, batch& out) {
    const auto* message = find(event, "message");
    if (message == nullptr) return;
    const identity names{find_text(*message, "id"), find_text(*message, "model")};
    if (!identified_ && !(names.id.empty() && names.model.empty())) {
        identified_ = true;
        blocks_.name(names.id);
        out.items.emplace_back(identity{texts().keep(names.id), texts().keep(names.model)});
    }
    usage_.begin(find(*message, "usage"));
    tell_usage(out);
    const auto* content = find(*message, "content");
    const bool has_blocks = content != nullptr && content->is_array() && !content->empty();
    relayed_content_ = relayed_content_ || has_blocks;
    if (transparent()) return;
    blocks_.restart();
    if (has_blocks) fail_if(blocks_.whole(*content, texts(), out), out);
}

void anthropic_stream::read_message_delta(const json& event, batch& out) {
    usage_.add(find(event, "usage"));
    if (const auto* delta = find(event, "delta")) {
        const auto* details = find(*delta, "stop_details");
        const auto words = details == nullptr ? "" : find_text(*details, "explanation");
        if (!transparent() && !finished_ && !words.empty()) {
            out.items.emplace_back(refusal_delta{0, texts().keep(words)});
        }
        finish(find_text(*delta, "stop_reason"), find_text(*delta, "stop_sequence"), out);
    }
    tell_usage(out);
}

void anthropic_stream::finish(std::string_view word, std::string_view stop_sequence, batch& out) {
    if (finished_ || word.empty()) return;
    finished_ = true;
    const auto seen = reason_of_anthropic(word, false);
    if (!transparent()) blocks_.finish(seen == finish_reason::length, texts(), out);
    // The frames of calls are not looked into on the transparent way: there the word has to do.
    const bool called = transparent() ? word == "tool_use" : blocks_.called();
    out.items.emplace_back(upstream::finish{
        0, reason_of_anthropic(word, called), texts().keep(word), texts().keep(stop_sequence)});
}

void anthropic_stream::read_stop(std::string_view last_frame, batch& out) {
    if (!answered()) {
        return fail(errors().broken(outcome::upstream_eof, "ended without an answer", true), out);
    }
    if (!finished_) return fail_unexplained(out);
    pass_frame(last_frame, false, out);
    complete(out);
}

bool anthropic_stream::answered() const {
    return finished_ || (transparent() ? relayed_content_ : blocks_.told_anything());
}

void anthropic_stream::tell_usage(batch& out) {
    const auto counted = usage_.total();
    if (!counted || counted == told_usage_) return;
    told_usage_ = counted;
    out.items.emplace_back(*counted);
}

void anthropic_stream::fail_if(anthropic_blocks::broken why, batch& out) {
    if (!why.empty()) fail_broken(why, out);
}

void anthropic_stream::fail_reported(const json& event, batch& out) {
    auto why = errors().reported(event);
    why.request_id = errors().redact(std::string(find_text(event, "request_id")));
    fail(std::move(why), out);
}

bool anthropic_stream::is_error(const json& value) const {
    return event_stream::is_error(value) || find_text(value, "type") == "error";
}

bool anthropic_stream::is_document(const json& value) const {
    return find_text(value, "type") == "message";
}

/// The base takes a `data:` off that stands in front; here the event's name does.
bool anthropic_stream::read_last(std::string_view data, batch& out) {
    const auto brace = data.find('{');
    if (brace == std::string_view::npos) return false;
    const auto event = parse_json(data.substr(brace));
    if (is_error(event)) {
        fail_reported(event, out);
        return true;
    }
    if (find_text(event, "type") != "message_stop") return false;
    read_stop("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n", out);
    return true;
}

}  // namespace sluice::upstream
