#pragma once

#include "sse/parser.hpp"
#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/make_codec.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>

/// Clients of the dialects that no provider speaks, and of those that one does: what they make of a
/// stream of frames.
namespace sluice::gateway::testing {

using upstream::testing::told;

inline upstream::finish_reason reason_named(std::string word) {
    using upstream::finish_reason;
    for (char& c : word) {
        if (c == '-') c = '_';
    }
    if (word == "length") return finish_reason::length;
    if (word == "tool_calls") return finish_reason::tool_calls;
    if (word == "content_filter") return finish_reason::content_filter;
    return finish_reason::stop;
}

/// Reads one event after the other, and the ending: `completed` where the terminal event came.
template <class Read>
told read_events(std::string_view frames, Read read) {
    told result;
    sse::parser parser(4U << 20);
    parser.feed(frames);
    while (const auto frame = parser.next()) {
        if (frame->dispatched) read(std::string(frame->type), std::string(frame->data), result);
    }
    if (!result.ended) result.ended = upstream::outcome::upstream_eof;
    return result;
}

inline told read_native(std::string_view frames) {
    using nlohmann::json;
    return read_events(frames, [](const std::string& type, const std::string& data, told& into) {
        const auto event = json::parse(data);
        if (type == "start") return;
        if (type == "done") {
            const auto reason = event.at("finish_reason").get<std::string>();
            const bool failed = reason == "error" || reason == "cancelled";
            into.ended = failed ? upstream::outcome::upstream_error : upstream::outcome::completed;
            if (!failed) into.finishes.emplace_back(0, reason_named(reason));
            upstream::usage usage;
            const auto& counts = event.at("usage");
            if (counts.contains("input_tokens")) usage.input_tokens = counts["input_tokens"];
            if (counts.contains("output_tokens")) usage.output_tokens = counts["output_tokens"];
            into.usage = usage;
            return;
        }
        if (event.contains("text")) into.text[0] += event["text"].get<std::string>();
        if (event.contains("reasoning")) into.reasoning[0] += event["reasoning"].get<std::string>();
        if (event.contains("refusal")) into.refusal[0] += event["refusal"].get<std::string>();
        if (event.contains("media")) {
            into.media.emplace_back(event["media"]["type"], event["media"]["data"]);
        }
        if (event.contains("tool_call")) {
            const auto& call = event["tool_call"];
            const std::string id = call.value("id", "");
            const std::string name = call.value("name", "");
            const std::string arguments = call.value("arguments", "");
            into.add(upstream::tool_call_delta{0, call.at("index").get<int>(), id, name, arguments}
            );
        }
    });
}

/// As the AI SDK does: parts that begin, grow and end under an id of their own.
inline told read_ui(std::string_view frames) {
    using nlohmann::json;
    std::map<std::string, int> calls;
    bool finished = false;
    return read_events(frames, [&](const std::string&, const std::string& data, told& into) {
        if (data == "[DONE]") {
            if (finished && !into.ended) into.ended = upstream::outcome::completed;
            return;
        }
        const auto part = json::parse(data);
        const auto type = part.at("type").get<std::string>();
        if (type == "text-delta") into.text[0] += part.at("delta").get<std::string>();
        if (type == "reasoning-delta") into.reasoning[0] += part.at("delta").get<std::string>();
        if (type == "error" || type == "abort") into.ended = upstream::outcome::upstream_error;
        if (type == "finish") {
            finished = true;
            into.finishes.emplace_back(0, reason_named(part.value("finishReason", "stop")));
        }
        if (type == "tool-input-start") {
            const auto index = static_cast<int>(calls.size());
            const auto id = part.at("toolCallId").get<std::string>();
            calls[id] = index;
            const auto name = part.at("toolName").get<std::string>();
            into.add(upstream::tool_call_delta{0, index, id, name, {}});
        }
        if (type == "tool-input-delta") {
            const auto delta = part.at("inputTextDelta").get<std::string>();
            into.add(upstream::tool_call_delta{
                0, calls.at(part.at("toolCallId").get<std::string>()), {}, {}, delta});
        }
    });
}

/// A dialect that a provider speaks is read by that provider's codec.
inline told read_by_codec(std::unique_ptr<upstream::codec> codec, std::string_view frames) {
    upstream::provider_settings provider;
    provider.name = "reader";
    return upstream::testing::run(
        std::move(codec), upstream::testing::translated_call(), provider, {frames}
    );
}

}  // namespace sluice::gateway::testing
