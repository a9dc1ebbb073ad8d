#include "tests/gateway/dialects/encoding.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using upstream::finish_reason;
using upstream::outcome;
using origin = upstream::reasoning_state::origin;
using form = upstream::reasoning_state::form;

json document_of(const std::vector<upstream::item>& items, const closing& end) {
    auto builder = anthropic_messages_dialect().document({}, some_names, false);
    for (const auto& item : items)
        builder->add(item);
    return json::parse(builder->finish(end));
}

TEST(AnthropicMessagesDocument, HoldsTheBlocksInTheirOrder) {
    upstream::usage usage;
    usage.input_tokens = 30;
    usage.cached_tokens = 10;
    usage.output_tokens = 5;
    const auto document = document_of(
        {upstream::identity{"x", "gpt-x", 7},
         upstream::reasoning_delta{0, "hm"},
         upstream::reasoning_state_delta{0, origin::anthropic, form::signature, "sig", {}},
         upstream::reasoning_state_delta{0, origin::anthropic, form::redacted, "dark", {}},
         upstream::text_delta{0, "He"},
         upstream::text_delta{0, "llo"},
         upstream::citation_delta{0, "https://a", "A", "words"},
         upstream::tool_call_delta{0, 0, "c1", "look", "{\"x\":"},
         upstream::tool_call_delta{0, 0, {}, {}, "1}"},
         upstream::tool_call_delta{0, 1, "c2", "now", ""},
         upstream::reasoning_state_delta{0, origin::gemini, form::signature, "G", {}, 1},
         upstream::text_delta{1, "another choice"},
         upstream::finish{0, finish_reason::tool_calls}},
        closed(outcome::completed, usage)
    );
    EXPECT_EQ(document, json::parse(R"({"id":"msg_3-abcdefghijklmnopqrstuv","type":"message",
        "role":"assistant","model":"gpt-x","content":[
        {"type":"thinking","thinking":"hm","signature":"sig"},
        {"type":"redacted_thinking","data":"dark"},
        {"type":"text","text":"Hello","citations":[{"type":"web_search_result_location",
         "url":"https://a","title":"A","cited_text":"words","encrypted_index":""}]},
        {"type":"tool_use","id":"c1","name":"look","input":{"x":1}},
        {"type":"tool_use","id":"c2","name":"now","input":{}},
        {"type":"redacted_thinking","data":"sluice:gemini:signature:7:call:c2G"}],
        "stop_reason":"tool_use","stop_sequence":null,
        "usage":{"input_tokens":20,"cache_creation_input_tokens":0,"cache_read_input_tokens":10,
        "output_tokens":5}})"));
}

TEST(AnthropicMessagesDocument, KeepsArgumentsThatAreNoJson) {
    const auto document = document_of(
        {upstream::tool_call_delta{0, 0, "", "f", "{\"x\":"},
         upstream::finish{0, finish_reason::length}},
        closed(outcome::completed)
    );
    EXPECT_EQ(document["content"][0]["input"], json({{"INVALID_JSON", "{\"x\":"}}));
    EXPECT_EQ(document["content"][0]["id"], "toolu_3-abcdefghijklmnopqrstuv_0");
    EXPECT_EQ(document["stop_reason"], "max_tokens");
}

TEST(AnthropicMessagesDocument, MayBeEmptyOrCut) {
    const auto empty = document_of({}, closed(outcome::completed));
    EXPECT_EQ(empty["content"], json::array());
    EXPECT_EQ(empty["model"], "chat");
    EXPECT_EQ(empty["stop_reason"], "end_turn");
    const auto cut = document_of({upstream::text_delta{0, "a"}}, closed(outcome::budget));
    EXPECT_EQ(cut["stop_reason"], "max_tokens");
    const auto hit = document_of(
        {upstream::refusal_delta{0, "No."},
         upstream::finish{0, finish_reason::stop, "stop", "END"}},
        closed(outcome::completed)
    );
    EXPECT_EQ(hit["content"][0]["text"], "No.");
    EXPECT_EQ(hit["stop_reason"], "stop_sequence");
    EXPECT_EQ(hit["stop_sequence"], "END");
}

TEST(AnthropicMessagesDocument, IsTheProvidersOwnOnTheTransparentWay) {
    auto builder = anthropic_messages_dialect().document({}, some_names, true);
    builder->add(upstream::identity{"msg", "claude", 0});
    builder->add(upstream::verbatim{"{ \"x\": 1 }", true});
    EXPECT_EQ(builder->finish(closed(outcome::completed)), "{ \"x\": 1 }");
}

TEST(AnthropicCount, TellsTheTokens) {
    auto builder = anthropic_count_tokens_dialect().document({}, some_names, false);
    upstream::usage usage;
    usage.input_tokens = 42;
    EXPECT_EQ(builder->finish(closed(outcome::completed, usage)), R"({"input_tokens":42})");
}

}  // namespace
}  // namespace sluice::gateway::testing
