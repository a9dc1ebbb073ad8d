// What the dialect says to its clients, read by the codec that reads Ollama itself.

#include "tests/gateway/dialects/encoding.hpp"
#include "tests/upstream/ollama_run.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using upstream::finish_reason;
using upstream::outcome;
using upstream::testing::told;

std::vector<upstream::item> some_answer() {
    return {
        upstream::identity{"", "llama3", 1700000000},
        upstream::reasoning_delta{0, "Let me \"think\"\n"},
        upstream::reasoning_delta{0, "\xF0\x9F\xA4\x94"},
        upstream::logprobs_delta{0, R"([{"logprob":-0.5,"token":"He"}])"},
        upstream::text_delta{0, "He"},
        upstream::text_delta{0, "llo\r\n\\"},
        upstream::tool_call_delta{0, 0, "c1", "look", R"({"a":)"},
        upstream::tool_call_delta{0, 0, "", "", R"([1,{"b":null}]})"},
        upstream::tool_call_delta{0, 1, "c2", "wait", "{}"},
        upstream::finish{0, finish_reason::tool_calls},
    };
}

upstream::usage some_usage() {
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    return usage;
}

std::string said(const dialect& dialect, const closing& end) {
    encoding stream{dialect};
    stream.open();
    for (const auto& item : some_answer())
        stream.item(item);
    stream.close(end);
    return stream.wire();
}

TEST(OllamaRoundTrip, LosesNothing) {
    told meant;
    for (const auto& item : some_answer())
        std::visit([&](auto& each) { meant.add(each); }, item);
    for (const auto* dialect : {&ollama_chat_dialect(), &ollama_generate_dialect()}) {
        const auto wire = said(*dialect, closed(outcome::completed, some_usage()));
        const auto heard =
            upstream::testing::run_ollama(upstream::testing::translated_call(), {wire});
        EXPECT_EQ(heard.ended, outcome::completed);
        EXPECT_EQ(heard.text, meant.text);
        EXPECT_EQ(heard.reasoning, meant.reasoning);
        EXPECT_EQ(heard.logprobs, meant.logprobs);
        EXPECT_EQ(heard.calls, meant.calls);
        EXPECT_EQ(heard.finishes, meant.finishes);
        EXPECT_EQ(heard.identities, meant.identities);
        EXPECT_EQ(heard.usage, some_usage());
    }
}

TEST(OllamaRoundTrip, KeepsAFailureAFailure) {
    const auto wire = said(ollama_chat_dialect(), closed(outcome::upstream_eof));
    const auto heard = upstream::testing::run_ollama(upstream::testing::translated_call(), {wire});
    EXPECT_EQ(heard.ended, outcome::upstream_error);
    EXPECT_EQ(heard.failure->message, "it broke");
}

TEST(OllamaRoundTrip, CarriesARequestThroughTheDialectAndTheCodec) {
    const std::string body = R"({"model":"chat","messages":[
        {"role":"system","content":"be brief"},
        {"role":"user","content":"look","images":["iVBORw0KGgo="]},
        {"role":"assistant","content":"","thinking":"Hm","tool_calls":[
            {"id":"c1","function":{"index":0,"name":"look","arguments":{"x":1}}}]},
        {"role":"tool","tool_name":"look","tool_call_id":"c1","content":"a cat"}],
        "tools":[{"type":"function","function":{"name":"look","description":"sees",
            "parameters":{"type":"object"}}}],
        "options":{"num_predict":9,"temperature":0.5,"stop":["END"]},
        "format":{"type":"object"},"think":"low"})";
    auto decoded = ollama_chat_dialect().decode(body);
    ASSERT_TRUE(decoded.has_value());
    // As if it had come in another dialect.
    decoded->call.api = upstream::api::native;
    const auto sent = upstream::make_ollama_codec()->encode(
        decoded->call, upstream::testing::ollama_provider(), "chat"
    );
    ASSERT_TRUE(sent.has_value());
    auto expected = nlohmann::json::parse(body);
    expected["stream"] = true;
    EXPECT_EQ(nlohmann::json::parse(sent->body), expected);
}

}  // namespace
}  // namespace sluice::gateway::testing
