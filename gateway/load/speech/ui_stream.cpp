#include "gateway/load/speech/client_words.hpp"
#include "gateway/load/speech/ui_codec.hpp"
#include "upstream/json_scanner.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway::load {

namespace {

using nlohmann::json;
using upstream::batch;
using upstream::find;
using upstream::find_text;

constexpr std::size_t depth_max = 4;          // of a part that holds one text
constexpr std::size_t tool_calls_max = 1024;  // of one answer
constexpr std::string_view terminator = "[DONE]";
constexpr std::string_view text_type = "text-delta";
constexpr std::string_view reasoning_type = "reasoning-delta";

/// How Sluice makes a message's id of its stream's.
constexpr std::string_view message_prefix = "msg_";

void put_text(std::string_view type, std::string_view text, batch& out) {
    if (text.empty()) return;
    if (type == text_type)
        out.items.emplace_back(upstream::text_delta{0, text});
    else
        out.items.emplace_back(upstream::reasoning_delta{0, text});
}

/// A whole input as the text that a model wrote.
std::string input_of(const json& part) {
    const auto* input = find(part, "input");
    if (input == nullptr) return {};
    return input->is_string() ? input->get<std::string>() : upstream::dump_body(*input);
}

}  // namespace

void ui_stream::read(const sse::frame&, std::string_view data, batch& out) {
    if (data == terminator) return read_terminator(out);
    if (read_delta(data, out)) return;
    const auto part = parse_event(data, out);
    if (ended()) return;
    if (!part.is_object()) return fail_broken("sent a part that is no JSON object", out);
    read_part(part, out);
}

bool ui_stream::is_document(const json& value) const {
    return find(value, "parts") != nullptr;
}

/// A piece of text or of thoughts and nothing else, which nearly all parts are. False: it may be
/// another.
bool ui_stream::read_delta(std::string_view data, batch& out) {
    upstream::json_scanner scan(data, depth_max);
    std::string_view type;
    std::string_view id;
    std::string_view raw;
    const auto once = [&scan](std::string_view& value) {
        return value.data() == nullptr && scan.string(value);
    };
    const bool common = scan.object([&](std::string_view key) {
        if (key == "type") return once(type);
        if (key == "id") return once(id);
        return key == "delta" && once(raw);
    });
    if (!common || !scan.at_end() || raw.data() == nullptr) return false;
    if (type != text_type && type != reasoning_type) return false;
    const auto text = plain_text(raw, texts());
    if (!text) return false;
    put_text(type, *text, out);
    return true;
}

void ui_stream::read_part(const json& part, batch& out) {
    const auto type = find_text(part, "type");
    if (type == "start") return read_start(part, out);
    if (type == text_type || type == reasoning_type) return read_text(type, part, out);
    if (type == "file") return read_file(part, out);
    if (type == "finish") return read_finish(part, out);
    if (type == "abort") return fail(cancelled(), out);
    if (type == "error") return fail(errors().reported(json(find_text(part, "errorText"))), out);
    // What is left (blocks that begin and end, steps, sources, data of applications) is not told.
    read_tool_part(type, part, out);
}

void ui_stream::read_text(std::string_view type, const json& part, batch& out) {
    put_text(type, texts().keep(find_text(part, "delta")), out);
}

void ui_stream::read_tool_part(std::string_view type, const json& part, batch& out) {
    const bool begins = type == "tool-input-start";
    const bool grows = type == "tool-input-delta";
    const bool whole = type == "tool-input-available" || type == "tool-input-error";
    if (!begins && !grows && !whole) return;
    const int index = call_at(part, out);
    if (index < 0 || begins) return;
    auto& call = calls_[static_cast<std::size_t>(index)];
    // A whole input is news where it did not come in pieces.
    if (whole && call.argued) return;
    const auto arguments =
        texts().keep(grows ? find_text(part, "inputTextDelta") : std::string_view(input_of(part)));
    if (arguments.empty()) return;
    call.argued = true;
    out.items.emplace_back(upstream::tool_call_delta{0, index, {}, {}, arguments});
}

/// The index of the call that a part belongs to, which is told where it is new. -1: it is not told.
int ui_stream::call_at(const json& part, batch& out) {
    const auto id = find_text(part, "toolCallId");
    const auto known = std::ranges::find(calls_, id, &tool_call::id);
    if (known != calls_.end()) return static_cast<int>(known - calls_.begin());
    if (id.empty() || calls_.size() == tool_calls_max) {
        fail_broken("sent a tool call without an id, or too many of them", out);
        return -1;
    }
    const auto index = static_cast<int>(calls_.size());
    calls_.push_back({std::string(id)});
    upstream::tool_call_delta begun;
    begun.index = index;
    begun.id = texts().keep(id);
    begun.name = texts().keep(find_text(part, "toolName"));
    out.items.emplace_back(begun);
    return index;
}

void ui_stream::read_file(const json& part, batch& out) {
    const auto url = upstream::parse_data_url(find_text(part, "url"));
    // A file elsewhere is not a part of what was streamed.
    if (!url) return;
    upstream::media_delta file;
    file.type = texts().keep(url->type);
    file.data = texts().keep(url->data);
    out.items.emplace_back(file);
}

void ui_stream::read_start(const json& part, batch& out) {
    auto id = find_text(part, "messageId");
    if (id.starts_with(message_prefix)) id.remove_prefix(message_prefix.size());
    id_ = id;
    if (!id_.empty()) out.items.emplace_back(upstream::identity{texts().keep(id_), {}});
}

void ui_stream::read_finish(const json& part, batch& out) {
    if (std::exchange(finished_, true)) return;
    const auto* metadata = find(part, "messageMetadata");
    if (metadata != nullptr) {
        const auto model = texts().keep(find_text(*metadata, "model"));
        if (!model.empty()) out.items.emplace_back(upstream::identity{texts().keep(id_), model});
        const auto* counts = find(*metadata, "usage");
        const auto usage = counts == nullptr ? upstream::usage() : usage_in(*counts, ui_usage_keys);
        if (usage != upstream::usage{}) out.items.emplace_back(usage);
    }
    const auto word = texts().keep(find_text(part, "finishReason"));
    out.items.emplace_back(upstream::finish{0, reason_named(word), word});
}

void ui_stream::read_terminator(batch& out) {
    if (finished_) return complete(out);
    fail(errors().broken(upstream::outcome::upstream_eof, "ended without finishing", true), out);
}

}  // namespace sluice::gateway::load
