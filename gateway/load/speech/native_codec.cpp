#include "gateway/load/speech/native_codec.hpp"

#include "gateway/load/speech/client_request.hpp"
#include "gateway/load/speech/client_words.hpp"
#include "upstream/json_scanner.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/translation.hpp"

#include <utility>

namespace sluice::gateway::load {

namespace {

using nlohmann::json;
using upstream::batch;
using upstream::find;
using upstream::find_text;

constexpr std::size_t depth_max = 4;  // of an event that holds one text
constexpr int tool_calls_max = 1024;  // of one answer

/// Which member of an event is a text; of any other, null.
upstream::item text_item(std::string_view key, std::string_view text, bool& known) {
    known = true;
    if (key == "text") return upstream::text_delta{0, text};
    if (key == "reasoning") return upstream::reasoning_delta{0, text};
    known = key == "refusal";
    return upstream::refusal_delta{0, text};
}

}  // namespace

void native_stream::read(const sse::frame& frame, std::string_view data, batch& out) {
    if (frame.type == "message") {
        if (!read_plain(data, out)) read_content(data, out);
    } else if (frame.type == "start") {
        read_start(data, out);
    } else if (frame.type == "done") {
        read_done(data, out);
    }
    // Events of other names are of a newer server, and its older clients do not see them either.
}

bool native_stream::is_document(const json& value) const {
    return find(value, "finish_reason") != nullptr;
}

/// An event that is one text and nothing else, which nearly all are. False: it may be another.
bool native_stream::read_plain(std::string_view data, batch& out) {
    upstream::json_scanner scan(data, depth_max);
    std::string_view key;
    std::string_view raw;
    const bool one_text = scan.object([&](std::string_view name) {
        return std::exchange(key, name).empty() && scan.string(raw);
    });
    if (!one_text || !scan.at_end()) return false;
    bool known = false;
    auto item = text_item(key, {}, known);
    const auto text = known ? plain_text(raw, texts()) : std::nullopt;
    if (!text) return false;
    if (!text->empty()) out.items.push_back(text_item(key, *text, known));
    return true;
}

void native_stream::read_content(std::string_view data, batch& out) {
    const auto event = parse_event(data, out);
    if (ended()) return;
    if (!event.is_object()) return fail_broken("sent an event that is no JSON object", out);
    for (const auto* key : {"reasoning", "text", "refusal"}) {
        const auto text = texts().keep(find_text(event, key));
        bool known = false;
        if (!text.empty()) out.items.push_back(text_item(key, text, known));
    }
    if (const auto* call = find(event, "tool_call")) read_tool_call(*call, out);
    if (const auto* media = find(event, "media"); media != nullptr && !ended())
        read_media(*media, out);
}

void native_stream::read_tool_call(const json& call, batch& out) {
    const auto index = upstream::find_count(call, "index");
    if (!index || *index >= tool_calls_max)
        return fail_broken("sent a part of a tool call without a usable index", out);
    upstream::tool_call_delta part;
    part.index = static_cast<int>(*index);
    part.id = texts().keep(find_text(call, "id"));
    part.name = texts().keep(find_text(call, "name"));
    part.arguments = texts().keep(find_text(call, "arguments"));
    out.items.emplace_back(part);
}

void native_stream::read_media(const json& media, batch& out) {
    if (!media.is_object()) return fail_broken("sent media that are no JSON object", out);
    upstream::media_delta part;
    part.type = texts().keep(find_text(media, "type"));
    part.data = texts().keep(find_text(media, "data"));
    part.transcript = texts().keep(find_text(media, "transcript"));
    out.items.emplace_back(part);
}

void native_stream::read_start(std::string_view data, batch& out) {
    const auto start = parse_event(data, out);
    if (ended()) return;
    upstream::identity name;
    name.id = texts().keep(find_text(start, "id"));
    name.model = texts().keep(find_text(start, "model"));
    if (name.id.empty()) return fail_broken("began its answer without an id", out);
    out.items.emplace_back(name);
}

void native_stream::read_done(std::string_view data, batch& out) {
    const auto done = upstream::parse_json(data);
    const auto reason = find_text(done, "finish_reason");
    if (reason.empty()) return fail_broken("ended its answer without saying why", out);
    if (const auto* counts = find(done, "usage"); counts != nullptr && counts->is_object()) {
        const auto usage = usage_in(*counts, native_usage_keys);
        if (usage != upstream::usage{}) out.items.emplace_back(usage);
    }
    read_ending(done, out);
}

void native_stream::read_ending(const json& done, batch& out) {
    const auto reason = find_text(done, "finish_reason");
    if (reason == "cancelled") return fail(cancelled(), out);
    if (reason != "error") {
        const auto word = texts().keep(reason);
        out.items.emplace_back(upstream::finish{0, reason_named(word), word});
        return complete(out);
    }
    const auto* error = find(done, "error");
    auto why = errors().reported(error == nullptr ? json("ended in an error") : *error);
    if (error != nullptr) {
        why.outcome = outcome_named(find_text(*error, "type"));
        const auto* retryable = find(*error, "retryable");
        why.retryable = retryable != nullptr && *retryable == true;
    }
    fail(std::move(why), out);
}

boost::system::result<upstream::http_request, upstream::failure> native_codec::encode(
    const upstream::call& call, const upstream::provider_settings& server, std::string_view model
) {
    errors_ = errors_of(server);
    stream_.emplace(errors_);
    auto body = chat_body(call, server, model);
    if (!body) return std::move(body).error();
    auto request = post_to("/v1/streams", call, server);
    request.body = std::move(*body);
    return request;
}

}  // namespace sluice::gateway::load
