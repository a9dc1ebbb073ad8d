// What the dialect writes, the provider's codec reads: the same items come out again.

#include "tests/gateway/dialects/encoding.hpp"
#include "tests/upstream/anthropic_calls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using upstream::finish_reason;
using upstream::outcome;
using upstream::testing::told;
using upstream::testing::told_call;
using upstream::testing::told_state;
using origin = upstream::reasoning_state::origin;
using form = upstream::reasoning_state::form;

told read_back(const encoding& stream, bool transparent = false) {
    namespace from = upstream::testing::anthropic;
    const auto wire = stream.wire();
    return from::run_anthropic(
        transparent ? from::messages_call() : upstream::testing::translated_call(), {wire}
    );
}

TEST(AnthropicRoundtrip, KeepsTextThoughtsCallsUsageAndFinish) {
    upstream::usage usage;
    usage.input_tokens = 30;
    usage.cached_tokens = 10;
    usage.cache_write_tokens = 5;
    usage.output_tokens = 9;
    usage.reasoning_tokens = 2;
    encoding stream{anthropic_messages_dialect()};
    stream.item(upstream::identity{"id", "model-x", 0})
        .item(upstream::reasoning_delta{0, "hm"})
        .item(upstream::reasoning_state_delta{0, origin::anthropic, form::signature, "sig", {}})
        .item(upstream::reasoning_state_delta{0, origin::anthropic, form::redacted, "dark", {}})
        .text("Gr\u00fc\u00df \xF0\x9F\x91\x8B ")
        .text("\"Gott\"\n")
        .item(upstream::tool_call_delta{0, 0, "c1", "look", "{\"x\":"})
        .item(upstream::tool_call_delta{0, 1, "c2", "now", "{}"})
        .item(upstream::tool_call_delta{0, 0, {}, {}, "[1]}"})
        .item(upstream::finish{0, finish_reason::tool_calls})
        .close(closed(outcome::completed, usage));
    const auto seen = read_back(stream);
    EXPECT_EQ(seen.text.at(0), "Gr\u00fc\u00df \xF0\x9F\x91\x8B \"Gott\"\n");
    EXPECT_EQ(seen.reasoning.at(0), "hm");
    EXPECT_THAT(
        seen.states,
        ElementsAre(
            told_state{0, origin::anthropic, form::signature, "sig"},
            told_state{0, origin::anthropic, form::redacted, "dark"}
        )
    );
    EXPECT_THAT(
        seen.calls,
        ElementsAre(
            told_call{0, 0, "c1", "look", "{\"x\":[1]}"}, told_call{0, 1, "c2", "now", "{}"}
        )
    );
    EXPECT_EQ(seen.usage, usage);
    EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, finish_reason::tool_calls)));
    EXPECT_EQ(std::get<1>(seen.identities.at(0)), "model-x");
    EXPECT_EQ(seen.ended, outcome::completed);
    const auto relayed = read_back(stream, true);
    EXPECT_EQ(relayed.bytes, stream.wire());
    EXPECT_EQ(relayed.usage, usage);
}

TEST(AnthropicRoundtrip, KeepsEveryFinish) {
    for (const auto reason :
         {finish_reason::stop, finish_reason::length, finish_reason::content_filter}) {
        encoding stream{anthropic_messages_dialect()};
        stream.text("a")
            .item(upstream::finish{0, reason, {}, reason == finish_reason::stop ? "END" : ""})
            .close(closed(outcome::completed));
        const auto seen = read_back(stream);
        EXPECT_THAT(seen.finishes, ElementsAre(Pair(0, reason)));
        EXPECT_EQ(seen.stop_sequence, reason == finish_reason::stop ? "END" : "");
    }
}

TEST(AnthropicRoundtrip, KeepsCitations) {
    encoding stream{anthropic_messages_dialect()};
    stream.text("blue")
        .item(upstream::citation_delta{0, "https://a", "A", "is blue", 0, 4})
        .text(" sky")
        .close(closed(outcome::completed));
    const auto seen = read_back(stream);
    EXPECT_EQ(seen.text.at(0), "blue sky");
    ASSERT_EQ(seen.citations.size(), 1U);
    EXPECT_EQ(
        seen.citations[0], (upstream::testing::told_citation{0, "https://a", "A", "is blue", 0, 4})
    );
}

TEST(AnthropicRoundtrip, KeepsAFailureAFailure) {
    encoding stream{anthropic_messages_dialect()};
    stream.text("a").close(closed(outcome::upstream_eof));
    const auto seen = read_back(stream);
    EXPECT_EQ(seen.ended, outcome::upstream_error);
    EXPECT_EQ(seen.failure->message, "it broke");
}

/// A conversation that goes through the gateway to Anthropic by the translated way.
TEST(AnthropicRoundtrip, TellsARequestAsItCame) {
    const std::string body = R"({"model":"claude-sonnet-4-5","max_tokens":9000,"system":"be brief",
        "messages":[{"role":"user","content":[{"type":"text","text":"hi"},
          {"type":"image","source":{"type":"base64","media_type":"image/png","data":"AAAA"}},
          {"type":"document","title":"T","source":{"type":"base64",
           "media_type":"application/pdf","data":"JVBE"}}]},
         {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"s"},
          {"type":"redacted_thinking","data":"d"},{"type":"text","text":"so"},
          {"type":"tool_use","id":"t1","name":"f","input":{"x":[1,"2"]}}]},
         {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,
          "content":[{"type":"text","text":"no"}]},{"type":"text","text":"again"}]}],
        "tools":[{"name":"f","description":"d","strict":true,
          "input_schema":{"type":"object","properties":{"x":{"type":"array"}}}}],
        "tool_choice":{"type":"auto","disable_parallel_tool_use":true},
        "thinking":{"type":"enabled","budget_tokens":2048},
        "output_config":{"format":{"type":"json_schema","schema":{"type":"object",
          "additionalProperties":false,"properties":{}}}},
        "stop_sequences":["END"],"metadata":{"user_id":"u"}})";
    auto decoded = anthropic_messages_dialect().decode(body);
    ASSERT_TRUE(decoded.has_value()) << decoded.error().message;
    decoded->call.api = upstream::api::native;  // whatever is not the provider's own
    const auto made = upstream::make_anthropic_codec()->encode(
        decoded->call, upstream::testing::anthropic::anthropic_provider(), "claude-sonnet-4-5"
    );
    ASSERT_TRUE(made.has_value()) << made.error().message;
    auto sent = nlohmann::json::parse(made->body);
    EXPECT_EQ(sent["stream"], true);
    sent.erase("stream");
    EXPECT_EQ(sent, nlohmann::json::parse(body));
    EXPECT_TRUE(made->dropped.empty());
}

}  // namespace
}  // namespace sluice::gateway::testing
