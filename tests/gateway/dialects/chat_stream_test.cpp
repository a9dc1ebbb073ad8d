#include "tests/gateway/dialects/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using upstream::outcome;

constexpr bool transparent = true;
constexpr bool want_usage = true;

std::vector<std::string> datas(const encoding& stream) {
    std::vector<std::string> all;
    for (const auto& event : events_of(stream.wire())) {
        EXPECT_EQ(event.type, "message");
        EXPECT_EQ(event.id, "");  // a widely used SDK stumbles over ids in this dialect
        all.push_back(event.data);
    }
    return all;
}

json delta(const std::string& data) {
    return json::parse(data)["choices"][0]["delta"];
}

TEST(ChatStream, NamesTheRoleFirstAndAlone) {
    encoding stream{openai_chat_dialect()};
    stream.open().text("Hel").text("lo");
    const auto all = datas(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(delta(all[0]), json({{"role", "assistant"}, {"content", ""}}));
    EXPECT_EQ(delta(all[1]), json({{"content", "Hel"}}));
    EXPECT_EQ(delta(all[2]), json({{"content", "lo"}}));
    const auto chunk = json::parse(all[1]);
    EXPECT_EQ(chunk["id"], "chatcmpl-" + some_names.id);
    EXPECT_EQ(chunk["object"], "chat.completion.chunk");
    EXPECT_EQ(chunk["created"], 1700000000);
    EXPECT_EQ(chunk["model"], "chat");
    EXPECT_EQ(chunk["choices"][0]["index"], 0);
    EXPECT_EQ(chunk["choices"][0]["finish_reason"], nullptr);
    EXPECT_FALSE(chunk.contains("usage"));
}

TEST(ChatStream, EndsWithTheFinishAndDone) {
    encoding stream{openai_chat_dialect()};
    stream.text("a")
        .item(upstream::finish{0, upstream::finish_reason::tool_calls})
        .item(upstream::finish{0, upstream::finish_reason::stop})  // a second one is none
        .close(closed(outcome::completed));
    const auto all = datas(stream);
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(delta(all[2]), json::object());
    EXPECT_EQ(json::parse(all[2])["choices"][0]["finish_reason"], "tool_calls");
    EXPECT_EQ(all[3], "[DONE]");
}

TEST(ChatStream, TellsUsageOnlyWhereItWasAskedFor) {
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    encoding asked{openai_chat_dialect(), !transparent, want_usage};
    asked.text("a").close(closed(outcome::completed, usage));
    const auto all = datas(asked);
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(json::parse(all[1])["usage"], nullptr);
    EXPECT_TRUE(json::parse(all[1]).contains("usage"));
    const auto last = json::parse(all[2]);
    EXPECT_EQ(last["choices"], json::array());
    EXPECT_EQ(
        last["usage"], json({{"prompt_tokens", 5}, {"completion_tokens", 8}, {"total_tokens", 13}})
    );
    EXPECT_EQ(all[3], "[DONE]");

    encoding unasked{openai_chat_dialect()};
    unasked.text("a").close(closed(outcome::completed, usage));
    EXPECT_EQ(unasked.wire().find("usage"), std::string::npos);
}

TEST(ChatStream, KeepsTheChoicesApart) {
    encoding stream{openai_chat_dialect()};
    stream.item(upstream::text_delta{1, "b"}).item(upstream::text_delta{0, "a"});
    const auto all = datas(stream);
    ASSERT_EQ(all.size(), 4U);
    EXPECT_EQ(json::parse(all[0])["choices"][0]["index"], 1);
    EXPECT_EQ(delta(all[0])["role"], "assistant");
    EXPECT_EQ(delta(all[1])["content"], "b");
    EXPECT_EQ(json::parse(all[2])["choices"][0]["index"], 0);
    EXPECT_EQ(delta(all[2])["role"], "assistant");
}

TEST(ChatStream, IgnoresAChoiceThatNobodyAskedFor) {
    encoding stream{openai_chat_dialect()};
    for (const int choice : {-1, 1024, 2'000'000'000}) {
        stream.item(upstream::text_delta{choice, "x"})
            .item(upstream::tool_call_delta{choice, 0, "a", "b", "c"})
            .item(upstream::finish{choice, upstream::finish_reason::stop});
    }
    EXPECT_EQ(stream.wire(), "");
}

TEST(ChatStream, TellsAToolCallsNameOnce) {
    encoding stream{openai_chat_dialect()};
    stream.item(upstream::tool_call_delta{0, 0, "call_1", "look", ""})
        .item(upstream::tool_call_delta{0, 0, "", "", "{}"});
    const auto all = datas(stream);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(delta(all[0]), json({{"role", "assistant"}, {"content", nullptr}}));
    EXPECT_EQ(
        delta(all[1])["tool_calls"][0],
        json::parse(
            R"({"index":0,"id":"call_1","type":"function","function":{"name":"look","arguments":""}})"
        )
    );
    EXPECT_EQ(
        delta(all[2])["tool_calls"][0], json::parse(R"({"index":0,"function":{"arguments":"{}"}})")
    );
}

TEST(ChatStream, TakesTheProvidersModelOnceItIsKnown) {
    encoding stream{openai_chat_dialect()};
    stream.item(upstream::identity{"up-1", "gpt-9", 0}).text("a");
    EXPECT_EQ(json::parse(datas(stream).at(1))["model"], "gpt-9");
}

TEST(ChatStream, AFailureNeverLooksLikeAnEnd) {
    for (const bool relayed : {false, true}) {
        for (const auto end :
             {outcome::client_gone,
              outcome::upstream_error,
              outcome::upstream_eof,
              outcome::first_token_timeout,
              outcome::progress_timeout,
              outcome::deadline,
              outcome::gap,
              outcome::slow_reader,
              outcome::cancelled,
              outcome::drained,
              outcome::rejected,
              outcome::shed}) {
            SCOPED_TRACE(upstream::to_string(end));
            encoding stream{openai_chat_dialect(), relayed, want_usage};
            stream.close(closed(end));
            const auto all = datas(stream);
            ASSERT_EQ(all.size(), 1U);
            const auto error = json::parse(all[0])["error"];
            EXPECT_EQ(error["code"], upstream::to_string(end));
            EXPECT_EQ(error["message"], "it broke");
            EXPECT_EQ(error["type"], "server_error");
            EXPECT_EQ(error["param"], nullptr);
        }
    }
}

TEST(ChatStream, ASpentBudgetEndsEveryChoiceByLength) {
    encoding stream{openai_chat_dialect()};
    stream.item(upstream::text_delta{1, "b"})
        .item(upstream::finish{1, upstream::finish_reason::stop})
        .item(upstream::text_delta{0, "a"})
        .close(closed(outcome::budget));
    const auto all = datas(stream);
    ASSERT_EQ(all.size(), 7U);
    EXPECT_EQ(json::parse(all[5])["choices"][0]["finish_reason"], "length");
    EXPECT_EQ(json::parse(all[5])["choices"][0]["index"], 0);
    EXPECT_EQ(all[6], "[DONE]");

    encoding nothing_yet{openai_chat_dialect()};
    nothing_yet.close(closed(outcome::budget));
    const auto few = datas(nothing_yet);
    ASSERT_EQ(few.size(), 3U);
    EXPECT_EQ(json::parse(few[1])["choices"][0]["finish_reason"], "length");
}

TEST(ChatStream, BeatsWithACommentFirstAndThenWithAnEmptyDelta) {
    const encoding stream{openai_chat_dialect()};
    EXPECT_EQ(stream.encoder().heartbeat(false), ":\n\n");
    const auto beat = events_of(stream.encoder().heartbeat(true));
    ASSERT_EQ(beat.size(), 1U);
    EXPECT_EQ(delta(beat[0].data), json::object());
    EXPECT_EQ(json_of(beat[0])["choices"][0]["finish_reason"], nullptr);
    EXPECT_EQ(json_of(beat[0])["id"], "chatcmpl-" + some_names.id);
}

TEST(ChatStream, TextForgesNoFrame) {
    for (const auto& text : forgeries()) {
        SCOPED_TRACE(text);
        encoding stream{openai_chat_dialect()};
        stream.item(upstream::identity{text, text, 1})
            .text(text)
            .item(upstream::tool_call_delta{0, 0, text, text, text})
            .item(upstream::media_delta{0, text, text});
        auto end = closed(outcome::upstream_error);
        end.ending.failure->message = text;
        stream.close(end);
        const auto all = datas(stream);
        ASSERT_EQ(all.size(), 5U);
        EXPECT_EQ(delta(all[1])["content"], as_valid_utf8(text));
        EXPECT_EQ(json::parse(all[1])["model"], as_valid_utf8(text));
        EXPECT_EQ(delta(all[2])["tool_calls"][0]["id"], as_valid_utf8(text));
        EXPECT_EQ(delta(all[3])["media"]["type"], as_valid_utf8(text));
        EXPECT_EQ(json::parse(all[4])["error"]["message"], as_valid_utf8(text));
    }
}

TEST(ChatRelay, PassesTheProvidersBytesOn) {
    encoding stream{openai_chat_dialect(), transparent};
    const std::string_view frames[] = {
        ": hello\r\n\r\n", "data:{\"choices\":[], \"unheard_of\":1}\n\n", "data: [DONE]\r\n\r\n"};
    stream.open();
    for (const auto frame : frames) {
        // The meaning beside a frame is for metering only.
        stream.item(upstream::verbatim{frame, true}).text("meaning").item(upstream::usage{});
    }
    stream.item(upstream::verbatim{"", false}).close(closed(outcome::completed));
    EXPECT_THAT(stream.frames(), ElementsAre(frames[0], frames[1], frames[2]));
}

TEST(ChatRelay, SpeaksInTheProvidersNameWhenItBeatsOrCuts) {
    encoding stream{openai_chat_dialect(), transparent};
    stream.item(upstream::identity{"chatcmpl-up", "gpt-9", 77});
    const auto beat = json_of(events_of(stream.encoder().heartbeat(true)).at(0));
    EXPECT_EQ(beat["id"], "chatcmpl-up");
    EXPECT_EQ(beat["model"], "gpt-9");
    EXPECT_EQ(beat["created"], 77);
    stream.close(closed(outcome::budget));
    const auto all = datas(stream);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(json::parse(all[0])["choices"][0]["finish_reason"], "length");
    EXPECT_EQ(all[1], "[DONE]");
}

}  // namespace
}  // namespace sluice::gateway::testing
