#pragma once

#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/anthropic.hpp"

#include <string>
#include <string_view>

/// Calls of Anthropic's codec, and events to feed it with.
namespace sluice::upstream::testing::anthropic {

inline provider_settings anthropic_provider() {
    auto provider = plain_provider();
    provider.kind = provider_settings::protocol::anthropic;
    provider.base_url = "https://api.example.com";
    return provider;
}

inline call messages_call(bool stream = true, api of = api::anthropic_messages) {
    call asked;
    asked.api = of;
    asked.body = R"({"model":"m","max_tokens":5,"messages":[]})";
    asked.stream = stream;
    asked.want_usage = true;
    return asked;
}

inline told run_anthropic(const call& asked, const std::vector<std::string_view>& pieces) {
    return run(make_anthropic_codec(), asked, anthropic_provider(), pieces);
}

inline std::string anthropic_event(std::string_view type, std::string_view members) {
    std::string text{"event: "};
    text.append(type).append("\ndata: {\"type\":\"").append(type).append("\"");
    if (!members.empty()) text.append(",").append(members);
    return text.append("   }\n\n");  // padded, as the real ones are
}

inline std::string block_start(int index, std::string_view block) {
    return anthropic_event(
        "content_block_start",
        "\"index\":" + std::to_string(index) + ",\"content_block\":" + std::string(block)
    );
}
inline std::string block_delta(int index, std::string_view delta) {
    return anthropic_event(
        "content_block_delta",
        "\"index\":" + std::to_string(index) + ",\"delta\":" + std::string(delta)
    );
}
inline std::string block_stop(int index) {
    return anthropic_event("content_block_stop", "\"index\":" + std::to_string(index));
}
inline std::string message_delta(std::string_view reason, std::string_view usage) {
    return anthropic_event(
        "message_delta",
        "\"delta\":{\"stop_reason\":\"" + std::string(reason) +
            "\",\"stop_sequence\":null},\"usage\":" + std::string(usage)
    );
}

inline const std::string message_begins = anthropic_event(
    "message_start",
    R"("message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-x","content":[],)"
    R"("stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":20,)"
    R"("cache_creation_input_tokens":3,"cache_read_input_tokens":7,"output_tokens":1}})"
);
inline const std::string message_ends =
    message_delta("end_turn", R"({"output_tokens":9})") + anthropic_event("message_stop", "");

inline std::string text_block(int index, std::string_view text) {
    return block_start(index, R"({"type":"text","text":""})") +
           block_delta(index, R"({"type":"text_delta","text":")" + std::string(text) + "\"}") +
           block_stop(index);
}

}  // namespace sluice::upstream::testing::anthropic
