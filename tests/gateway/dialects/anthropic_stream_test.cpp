#include "tests/gateway/dialects/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using upstream::finish_reason;
using upstream::outcome;
using origin = upstream::reasoning_state::origin;
using form = upstream::reasoning_state::form;

constexpr bool transparent = true;

/// The events, each under the name that it bears itself.
std::vector<json> told(const encoding& stream) {
    std::vector<json> all;
    for (const auto& event : events_of(stream.wire())) {
        EXPECT_EQ(event.id, "");
        all.push_back(json_of(event));
        EXPECT_EQ(all.back()["type"], event.type);
    }
    return all;
}

/// One word per event, as "start0:text text:a stop0"; the blocks are checked for their order.
std::vector<std::string> shapes(const encoding& stream) {
    std::vector<std::string> words;
    int open = -1;
    int next = 0;
    for (const auto& event : told(stream)) {
        const auto type = event["type"].get<std::string>();
        if (type == "content_block_start") {
            EXPECT_EQ(open, -1);
            EXPECT_EQ(event["index"], next);
            open = next++;
            words.push_back("+" + event["content_block"]["type"].get<std::string>());
        } else if (type == "content_block_delta") {
            EXPECT_EQ(event["index"], open);
            for (const auto& [key, value] : event["delta"].items()) {
                if (key != "type")
                    words.push_back(value.is_string() ? value.get<std::string>() : key);
            }
        } else if (type == "content_block_stop") {
            EXPECT_EQ(event["index"], open);
            open = -1;
            words.emplace_back("-");
        } else {
            words.push_back(type);
        }
    }
    return words;
}

encoding& call(
    encoding& stream, int index, std::string_view id, std::string_view name, std::string_view part
) {
    return stream.item(upstream::tool_call_delta{0, index, id, name, part});
}

TEST(AnthropicMessagesStream, TellsATextInOneBlock) {
    encoding stream{anthropic_messages_dialect()};
    upstream::usage so_far;
    so_far.input_tokens = 30;
    so_far.cached_tokens = 7;
    so_far.cache_write_tokens = 3;
    so_far.output_tokens = 1;
    auto usage = so_far;
    usage.output_tokens = 9;
    usage.reasoning_tokens = 4;
    stream.open()
        .item(upstream::identity{"chatcmpl-1", "gpt-x", 7})
        .item(so_far)
        .text("Hel")
        .text("lo")
        .item(upstream::finish{0, finish_reason::stop})
        .close(closed(outcome::completed, usage));
    const auto all = told(stream);
    ASSERT_EQ(all.size(), 7U);
    EXPECT_EQ(all[0]["message"], json::parse(R"({"id":"msg_3-abcdefghijklmnopqrstuv",
        "type":"message","role":"assistant","model":"gpt-x","content":[],"stop_reason":null,
        "stop_sequence":null,"usage":{"input_tokens":20,"cache_creation_input_tokens":3,
        "cache_read_input_tokens":7,"output_tokens":0}})"));
    EXPECT_EQ(all[1], json::parse(R"({"type":"content_block_start","index":0,
        "content_block":{"type":"text","text":""}})"));
    EXPECT_EQ(all[2], json::parse(R"({"type":"content_block_delta","index":0,
        "delta":{"type":"text_delta","text":"Hel"}})"));
    EXPECT_EQ(all[4], json::parse(R"({"type":"content_block_stop","index":0})"));
    EXPECT_EQ(all[5], json::parse(R"({"type":"message_delta",
        "delta":{"stop_reason":"end_turn","stop_sequence":null},
        "usage":{"input_tokens":20,"cache_creation_input_tokens":3,"cache_read_input_tokens":7,
        "output_tokens":9,"output_tokens_details":{"thinking_tokens":4}}})"));
    EXPECT_EQ(all[6], json::parse(R"({"type":"message_stop"})"));
}

TEST(AnthropicMessagesStream, TellsAnEmptyAnswer) {
    encoding stream{anthropic_messages_dialect()};
    stream.open().close(closed(outcome::completed));
    EXPECT_THAT(shapes(stream), ElementsAre("message_start", "message_delta", "message_stop"));
}

TEST(AnthropicMessagesStream, SignsThoughtsJustBeforeTheirBlockEnds) {
    encoding stream{anthropic_messages_dialect()};
    stream.item(upstream::reasoning_delta{0, "hm"})
        .item(upstream::reasoning_state_delta{0, origin::anthropic, form::signature, "sig", {}})
        .item(upstream::reasoning_state_delta{0, origin::anthropic, form::redacted, "dark", {}})
        .item(upstream::reasoning_delta{0, "so"})
        .text("a")
        .close(closed(outcome::completed));
    EXPECT_THAT(
        shapes(stream),
        ElementsAre(
            "message_start",
            "+thinking",
            "hm",
            "sig",
            "-",
            "+redacted_thinking",
            "-",
            "+thinking",
            "so",
            "-",
            "+text",
            "a",
            "-",
            "message_delta",
            "message_stop"
        )
    );
    EXPECT_EQ(told(stream)[3]["delta"]["type"], "signature_delta");
    EXPECT_EQ(told(stream)[5]["content_block"]["data"], "dark");
}

TEST(AnthropicMessagesStream, CarriesTheStateOfOtherProvidersMarked) {
    encoding stream{anthropic_messages_dialect()};
    stream.item(upstream::reasoning_state_delta{
        0, origin::openai_responses, form::encrypted, "E", "rs"});
    call(stream, 0, "c1", "f", "{}");
    stream.item(upstream::reasoning_state_delta{0, origin::gemini, form::signature, "G", {}, 0})
        .close(closed(outcome::completed));
    EXPECT_THAT(
        shapes(stream),
        ElementsAre(
            "message_start",
            "+thinking",
            "sluice:openai:encrypted:2:rsE",
            "-",
            "+tool_use",
            "{}",
            "-",
            "+redacted_thinking",
            "-",
            "message_delta",
            "message_stop"
        )
    );
    EXPECT_EQ(told(stream)[7]["content_block"]["data"], "sluice:gemini:signature:7:call:c1G");
}

TEST(AnthropicMessagesStream, KeepsStateThatComesAheadOfItsCall) {
    encoding stream{anthropic_messages_dialect()};
    stream.item(upstream::reasoning_state_delta{0, origin::gemini, form::signature, "G", {}, 0});
    call(stream, 0, "c1", "f", "{}").close(closed(outcome::completed));
    EXPECT_EQ(told(stream)[1]["content_block"]["data"], "sluice:gemini:signature:7:call:c1G");
}

TEST(AnthropicMessagesStream, BeginsACallWithoutInputAndTellsItInParts) {
    encoding stream{anthropic_messages_dialect()};
    stream.text("a");
    call(stream, 0, "c1", "look", "");
    call(stream, 0, "", "", "{\"x\":");
    call(stream, 0, "", "", "1}");
    call(stream, 1, "c2", "now", "{}");
    stream.item(upstream::finish{0, finish_reason::tool_calls}).close(closed(outcome::completed));
    EXPECT_THAT(
        shapes(stream),
        ElementsAre(
            "message_start",
            "+text",
            "a",
            "-",
            "+tool_use",
            "{\"x\":",
            "1}",
            "-",
            "+tool_use",
            "{}",
            "-",
            "message_delta",
            "message_stop"
        )
    );
    EXPECT_EQ(
        told(stream)[4]["content_block"],
        json::parse(R"({"type":"tool_use","id":"c1","name":"look","input":{}})")
    );
    EXPECT_EQ(told(stream)[11]["delta"]["stop_reason"], "tool_use");
}

TEST(AnthropicMessagesStream, TellsInterleavedCallsOneAfterTheOther) {
    encoding stream{anthropic_messages_dialect()};
    call(stream, 0, "c0", "f", "{\"a");
    call(stream, 1, "c1", "g", "{\"b");
    call(stream, 2, "c2", "h", "{}");
    stream.text("t");
    call(stream, 1, "", "", "\":1}");
    EXPECT_THAT(shapes(stream), ElementsAre("message_start", "+tool_use", "{\"a"));
    call(stream, 0, "", "", "\":\"}\"}");
    EXPECT_THAT(
        shapes(stream),
        ElementsAre(
            "message_start",
            "+tool_use",
            "{\"a",
            "\":\"}\"}",
            "-",
            "+tool_use",
            "{\"b",
            "\":1}",
            "-",
            "+tool_use",
            "{}",
            "-",
            "+text",
            "t"
        )
    );
}

TEST(AnthropicMessagesStream, LosesNothingOfACallThatNeverEnds) {
    encoding stream{anthropic_messages_dialect()};
    call(stream, 0, "c0", "f", "{\"a");
    call(stream, 1, "c1", "g", "{\"b");
    stream.text("t").item(upstream::finish{0, finish_reason::length});
    stream.close(closed(outcome::completed));
    EXPECT_THAT(
        shapes(stream),
        ElementsAre(
            "message_start",
            "+tool_use",
            "{\"a",
            "-",
            "+tool_use",
            "{\"b",
            "-",
            "+text",
            "t",
            "-",
            "message_delta",
            "message_stop"
        )
    );
}

TEST(AnthropicMessagesStream, BoundsWhatWaits) {
    encoding stream{anthropic_messages_dialect()};
    call(stream, 0, "c0", "f", "{");
    const std::string much(1U << 19, 'x');
    stream.text(much).text(much);
    EXPECT_THAT(stream.wire(), Not(HasSubstr("text_delta")));
    stream.text("y");
    EXPECT_THAT(stream.wire(), HasSubstr("\"text\":\"y\""));
    call(stream, 0, "", "", "}");  // too late
    EXPECT_THAT(shapes(stream).back(), "y");
}

TEST(AnthropicMessagesStream, CitesWithinABlockOfText) {
    encoding stream{anthropic_messages_dialect()};
    stream.text("blue")
        .item(upstream::citation_delta{0, "https://a", "A", "is blue", 0, 4})
        .text(".")
        .close(closed(outcome::completed));
    EXPECT_EQ(told(stream)[3]["delta"], json::parse(R"({"type":"citations_delta","citation":{
        "type":"web_search_result_location","url":"https://a","title":"A","cited_text":"is blue",
        "encrypted_index":""}})"));
    EXPECT_EQ(told(stream)[5]["content_block"]["type"], "text");  // no citation is about the rest
}

TEST(AnthropicMessagesStream, TellsARefusalAsText) {
    encoding stream{anthropic_messages_dialect()};
    stream.item(upstream::refusal_delta{0, "No."})
        .item(upstream::finish{0, finish_reason::content_filter})
        .close(closed(outcome::completed));
    EXPECT_THAT(shapes(stream), ::testing::Contains("No."));
    EXPECT_EQ(told(stream)[4]["delta"]["stop_reason"], "refusal");
}

TEST(AnthropicMessagesStream, KnowsTheStopReasonsOfItsOwn) {
    const auto reason = [](const upstream::finish& finish) {
        encoding stream{anthropic_messages_dialect()};
        stream.item(finish).close(closed(outcome::completed));
        return told(stream)[1]["delta"];
    };
    EXPECT_EQ(reason({0, finish_reason::length})["stop_reason"], "max_tokens");
    EXPECT_EQ(
        reason({0, finish_reason::length, "model_context_window_exceeded"})["stop_reason"],
        "model_context_window_exceeded"
    );
    EXPECT_EQ(
        reason({0, finish_reason::stop, "stop", "END"}),
        json({{"stop_reason", "stop_sequence"}, {"stop_sequence", "END"}})
    );
}

TEST(AnthropicMessagesStream, TellsTheFirstChoiceOnly) {
    encoding stream{anthropic_messages_dialect()};
    for (const int choice : {-1, 1, 2'000'000'000}) {
        stream.item(upstream::text_delta{choice, "x"})
            .item(upstream::tool_call_delta{choice, 0, "a", "b", "c"})
            .item(upstream::finish{choice, finish_reason::length});
    }
    for (const int index : {-1, 2'000'000'000})
        stream.item(upstream::tool_call_delta{0, index, "a", "b", "c"});
    EXPECT_EQ(stream.wire(), "");
}

TEST(AnthropicMessagesStream, EndsAFailureWithAnErrorAlone) {
    for (const auto how : {outcome::upstream_eof, outcome::cancelled, outcome::deadline}) {
        encoding stream{anthropic_messages_dialect()};
        stream.text("a").close(closed(how));
        const auto last = told(stream).back();
        EXPECT_EQ(last["type"], "error");
        EXPECT_EQ(last["error"]["type"], "api_error");
        EXPECT_EQ(last["error"]["message"], "it broke");
        EXPECT_THAT(stream.wire(), Not(HasSubstr("message_stop")));
        EXPECT_THAT(stream.wire(), Not(HasSubstr("message_delta")));
    }
}

TEST(AnthropicMessagesStream, EndsABudgetAsAFullAnswer) {
    encoding stream{anthropic_messages_dialect()};
    stream.text("a").close(closed(outcome::budget));
    const auto all = told(stream);
    ASSERT_EQ(all.size(), 6U);
    EXPECT_EQ(all[4]["delta"]["stop_reason"], "max_tokens");
    EXPECT_EQ(all[5]["type"], "message_stop");
}

TEST(AnthropicMessagesStream, FillsSilencesWithPings) {
    encoding stream{anthropic_messages_dialect()};
    for (const bool started : {false, true}) {
        const auto events = events_of(stream.encoder().heartbeat(started));
        ASSERT_EQ(events.size(), 1U);
        EXPECT_EQ(events[0].type, "ping");
        EXPECT_EQ(json_of(events[0])["type"], "ping");
    }
    const auto last = stream.encoder().farewell(some_failure(outcome::gap), 3);
    EXPECT_EQ(events_of(last).at(0).type, "error");
}

TEST(AnthropicMessagesStream, CannotBeForged) {
    for (const auto& text : forgeries()) {
        encoding stream{anthropic_messages_dialect()};
        stream.item(upstream::identity{text, text, 0})
            .text(text)
            .item(upstream::reasoning_delta{0, text})
            .item(upstream::reasoning_state_delta{0, origin::other, form::signature, text, text});
        call(stream, 0, text, text, text);
        stream.item(upstream::finish{0, finish_reason::stop, text, text})
            .close(closed(outcome::completed));
        const auto all = told(stream);
        ASSERT_EQ(all[0]["type"], "message_start");
        EXPECT_EQ(all[0]["message"]["model"], as_valid_utf8(text));
        EXPECT_EQ(all[2]["delta"]["text"], as_valid_utf8(text));
        EXPECT_EQ(all.back()["type"], "message_stop");
    }
}

TEST(AnthropicMessagesRelay, PassesFramesOn) {
    encoding stream{anthropic_messages_dialect(), transparent};
    const std::string frame = "event: message_stop\ndata: {\"type\":\"message_stop\"   }\n\n";
    stream.item(upstream::verbatim{frame, false}).text("x").close(closed(outcome::completed));
    EXPECT_EQ(stream.wire(), frame);
}

TEST(AnthropicMessagesRelay, ClosesWhatABudgetCuts) {
    encoding stream{anthropic_messages_dialect(), transparent};
    stream.item(upstream::verbatim{"event: message_start\ndata: {\"type\":\"message_start\"}\n\n"})
        .item(upstream::verbatim{
            "event: content_block_start\ndata: "
            "{\"type\":\"content_block_start\",\"content_block\":{\"index\":9},\"index\":2}\n\n"})
        .close(closed(outcome::budget));
    const auto all = told(stream);
    ASSERT_EQ(all.size(), 5U);
    EXPECT_EQ(all[2], json::parse(R"({"type":"content_block_stop","index":2})"));
    EXPECT_EQ(all[3]["delta"]["stop_reason"], "max_tokens");
    EXPECT_EQ(all[4]["type"], "message_stop");
}

TEST(AnthropicMessagesRelay, AddsTheErrorOfAFailure) {
    encoding stream{anthropic_messages_dialect(), transparent};
    stream.close(closed(outcome::upstream_eof));
    ASSERT_EQ(told(stream).size(), 1U);
    EXPECT_EQ(told(stream)[0]["type"], "error");
}

TEST(AnthropicErrorBody, IsInTheWordsOfTheApi) {
    const auto& dialect = anthropic_messages_dialect();
    const auto type = [&](std::string name, int status) {
        auto why = some_failure(outcome::rejected, std::move(name));
        why.status = status;
        return json::parse(dialect.error_body(why))["error"]["type"].get<std::string>();
    };
    EXPECT_EQ(type("invalid_request_error", 400), "invalid_request_error");
    EXPECT_EQ(type("invalid_request_error", 413), "request_too_large");
    EXPECT_EQ(type("BadRequestError", 422), "invalid_request_error");
    EXPECT_EQ(type("model_not_found", 404), "not_found_error");
    EXPECT_EQ(type("upstream_error", 502), "api_error");
    EXPECT_EQ(type("timeout_error", 504), "timeout_error");
    EXPECT_EQ(type("billing_error", 502), "billing_error");
    auto overloaded = some_failure(outcome::shed, "overloaded_error", "busy");
    overloaded.status = 503;
    overloaded.request_id = "req_1";
    EXPECT_EQ(dialect.error_status(overloaded), 529);
    EXPECT_EQ(json::parse(dialect.error_body(overloaded)), json::parse(R"({"type":"error",
        "error":{"type":"overloaded_error","message":"busy"},"request_id":"req_1"})"));
    EXPECT_EQ(dialect.request_id_header(), "request-id");
}

}  // namespace
}  // namespace sluice::gateway::testing
