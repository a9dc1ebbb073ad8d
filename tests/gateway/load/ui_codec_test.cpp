#include "gateway/load/speech/ui_codec.hpp"

#include "tests/gateway/load/client_codecs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::load::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<ui_codec> a_codec() {
    return std::make_unique<ui_codec>();
}

told read(std::string_view wire) {
    return read_by(a_codec(), {wire});
}

std::string event(std::string_view data) {
    return "data: " + std::string(data) + "\n\n";
}

const std::string start = event(R"({"type":"start","messageId":"msg_s"})");
const std::string finish = event(R"({"type":"finish","finishReason":"stop"})");
const std::string done = event("[DONE]");

told told_of(std::string_view data) {
    return read(start + event(data) + finish + done);
}

TEST(UiCodec, ReadsBackWhatTheDialectWrites) {
    auto usage = some_usage();
    const auto meant = meant_by(some_answer());
    const auto wire =
        written(ui_messages_dialect(), some_answer(), closed(outcome::completed, usage));
    const auto heard = read(wire);
    EXPECT_EQ(heard.ended, outcome::completed);
    EXPECT_EQ(heard.text, meant.text);
    EXPECT_EQ(heard.reasoning, meant.reasoning);
    EXPECT_EQ(heard.calls, meant.calls);
    EXPECT_EQ(heard.media, meant.media);
    EXPECT_EQ(heard.finishes, meant.finishes);
    // The dialect adds up what nobody has counted.
    usage.total_tokens = 13;
    EXPECT_EQ(heard.usage, usage);
    EXPECT_THAT(
        heard.identities,
        ElementsAre(
            std::tuple(some_names.id, "", std::int64_t{0}),
            std::tuple(some_names.id, "model-1", std::int64_t{0})
        )
    );
    expect_the_same_at_every_cut(wire, a_codec);
    expect_no_ending_before_the_last(wire, a_codec);
}

TEST(UiCodec, ReadsRefusalsAsTextAsTheDialectWritesThem) {
    const std::vector<upstream::item> items{upstream::refusal_delta{0, "No."}};
    const auto heard = read(written(ui_messages_dialect(), items, closed(outcome::completed)));
    EXPECT_EQ(heard.text.at(0), "No.");
    EXPECT_TRUE(heard.refusal.empty());
}

TEST(UiCodec, ReadsTextsThatLookLikeFrames) {
    for (const auto& text : gateway::testing::forgeries()) {
        const std::vector<upstream::item> items{
            upstream::text_delta{0, text},
            upstream::reasoning_delta{0, text},
        };
        const auto heard = read(written(ui_messages_dialect(), items, closed(outcome::completed)));
        const auto meant = gateway::testing::as_valid_utf8(text);
        EXPECT_EQ(heard.text.at(0), meant);
        EXPECT_EQ(heard.reasoning.at(0), meant);
        EXPECT_EQ(heard.ended, outcome::completed);
    }
}

TEST(UiCodec, ReadsEachReasonToFinish) {
    for (const auto reason :
         {finish_reason::stop,
          finish_reason::length,
          finish_reason::tool_calls,
          finish_reason::content_filter}) {
        const std::vector<upstream::item> items{upstream::finish{0, reason}};
        const auto heard = read(written(ui_messages_dialect(), items, closed(outcome::completed)));
        EXPECT_THAT(heard.finishes, ElementsAre(std::pair(0, reason)));
    }
}

TEST(UiCodec, KeepsAFailureAFailure) {
    const auto broken =
        read(written(ui_messages_dialect(), some_answer(), closed(outcome::upstream_eof)));
    EXPECT_EQ(broken.ended, outcome::upstream_error);
    EXPECT_EQ(broken.failure->message, "it broke");
    const auto stopped =
        read(written(ui_messages_dialect(), some_answer(), closed(outcome::cancelled)));
    EXPECT_EQ(stopped.ended, outcome::cancelled);
}

TEST(UiCodec, TakesNoEndButTheTerminatorBehindTheFinish) {
    EXPECT_EQ(read(start + finish).ended, outcome::upstream_eof);
    EXPECT_EQ(read(start + finish + "data: [DONE]\n").ended, outcome::upstream_eof);
    const auto early = read(start + done);
    EXPECT_EQ(early.ended, outcome::upstream_eof);
    EXPECT_EQ(early.failure->message, "the provider 'server' ended without finishing");
    EXPECT_EQ(read("").ended, outcome::upstream_eof);
}

TEST(UiCodec, ReadsPartsOfEachShapeAlike) {
    for (const auto* data :
         {R"({"type":"text-delta","id":"1","delta":"a\u00e9\n"})",
          R"( {"delta" : "a\u00e9\n", "id":"1", "type":"text-delta" } )",
          R"({"type":"text-del\u0074a","id":"1","delta":"a\u00e9\n"})",
          R"({"type":"text-delta","id":"1","delta":"a\u00e9\n","providerMetadata":{"x":1}})",
          R"({"type":"text-delta","delta":"a\u00e9\n"})"}) {
        EXPECT_EQ(told_of(data).text[0], "a\xC3\xA9\n") << data;
    }
    EXPECT_EQ(
        told_of("{\"type\":\"text-delta\",\"id\":\"1\",\"delta\":\"a\xff\"}").text[0],
        "a\xEF\xBF\xBD"
    );
    // Of two the last counts.
    EXPECT_EQ(told_of(R"({"type":"text-delta","delta":"a","delta":"b"})").text[0], "b");
}

TEST(UiCodec, TellsNothingOfWhatItDoesNotKnow) {
    for (const auto* data :
         {"{}",
          R"({"type":"data-weather","data":{"text":"x"}})",
          R"({"type":"text-delta"})",
          R"({"type":"text-delta","id":"1","delta":""})",
          R"({"type":5,"delta":"a"})",
          R"({"type":"source-url","sourceId":"1","url":"u"})",
          R"({"delta":"a"})",
          R"({"type":"file","url":"https://example.com/a.png","mediaType":"image/png"})"}) {
        const auto heard = told_of(data);
        EXPECT_EQ(heard.ended, outcome::completed) << data;
        EXPECT_TRUE(heard.text.empty()) << data;
        EXPECT_TRUE(heard.media.empty()) << data;
    }
}

TEST(UiCodec, ReadsACallThatComesWhole) {
    const auto heard = told_of(
        R"({"type":"tool-input-available","toolCallId":"c","toolName":"look","input":{"x":1}})"
    );
    ASSERT_EQ(heard.calls.size(), 1);
    EXPECT_EQ(heard.calls[0], (upstream::testing::told_call{0, 0, "c", "look", R"({"x":1})"}));
    const auto broken = told_of(
        R"({"type":"tool-input-error","toolCallId":"c","toolName":"look","input":"{x","errorText":"no"})"
    );
    EXPECT_EQ(broken.calls[0].arguments, "{x");
}

TEST(UiCodec, TellsNoArgumentsTwice) {
    const auto heard = read(
        start + event(R"({"type":"tool-input-start","toolCallId":"c","toolName":"look"})") +
        event(R"({"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"{}"})") +
        event(R"({"type":"tool-input-available","toolCallId":"c","toolName":"look","input":{}})") +
        event(R"({"type":"tool-input-available","toolCallId":"c","toolName":"look","input":{}})") +
        finish + done
    );
    ASSERT_EQ(heard.calls.size(), 1);
    EXPECT_EQ(heard.calls[0].arguments, "{}");
}

TEST(UiCodec, FailsAtWhatBreaksTheProtocol) {
    for (const auto* data :
         {"{\"type\":",
          "[1]",
          "5",
          R"({"type":"tool-input-start","toolName":"look"})",
          R"({"type":"tool-input-delta","toolCallId":7,"inputTextDelta":"a"})"}) {
        EXPECT_EQ(told_of(data).ended, outcome::upstream_error) << data;
    }
    std::string wire = start;
    for (int i = 0; i <= 1024; ++i)
        wire += event(R"({"type":"tool-input-start","toolCallId":"c)" + std::to_string(i) + "\"}");
    const auto heard = read(wire + finish + done);
    EXPECT_EQ(heard.ended, outcome::upstream_error);
    EXPECT_EQ(heard.calls.size(), 1024);
}

TEST(UiCodec, FinishesOnce) {
    const auto heard = read(start + finish + finish + done);
    EXPECT_EQ(heard.finishes.size(), 1);
    EXPECT_EQ(heard.ended, outcome::completed);
}

TEST(UiCodec, SaysARequestSoThatTheDialectReadsTheSame) {
    const auto meant = some_call();
    const auto sent = ui_codec("chat-1").encode(meant, some_server(), "mock");
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->url, "http://127.0.0.1:8080/v1/ui/chat");
    EXPECT_THAT(sent->headers, Contains("Authorization: Bearer sk-secret-key"));
    EXPECT_EQ(json::parse(sent->body)["id"], "chat-1");
    const auto read = ui_messages_dialect().decode(sent->body);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_TRUE(read->dropped.empty());
    EXPECT_EQ(read->call.request.model, "mock");
    EXPECT_EQ(read->call.request.max_tokens, 64);
    EXPECT_EQ(read->call.request.temperature, 0.5);
    EXPECT_EQ(read->call.request.stop, std::vector<std::string>{"END"});
    expect_the_same_messages(read->call.request.messages, meant.request.messages);
}

TEST(UiCodec, SaysFilesSoThatTheDialectReadsThem) {
    upstream::call call;
    auto& message = call.request.messages.emplace_back();
    message.content.emplace_back(upstream::image_part{"https://example.com/cat", ""});
    message.content.emplace_back(upstream::audio_part{"AAAA", "mp3"});
    message.content.emplace_back(upstream::file_part{
        "", "data:application/pdf;base64,AAAA", "a.pdf"});
    const auto sent = a_codec()->encode(call, some_server(), "mock");
    ASSERT_TRUE(sent.has_value());
    const auto read = ui_messages_dialect().decode(sent->body);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    const auto& parts = read->call.request.messages.at(0).content;
    ASSERT_EQ(parts.size(), 3);
    EXPECT_EQ(std::get<upstream::image_part>(parts[0]).url, "https://example.com/cat");
    EXPECT_EQ(std::get<upstream::audio_part>(parts[1]).format, "mp3");
    EXPECT_EQ(std::get<upstream::audio_part>(parts[1]).data, "AAAA");
    EXPECT_EQ(std::get<upstream::file_part>(parts[2]).data, "data:application/pdf;base64,AAAA");
    EXPECT_EQ(std::get<upstream::file_part>(parts[2]).name, "a.pdf");
}

TEST(UiCodec, RefusesWhatHasNoPart) {
    upstream::call call;
    auto& message = call.request.messages.emplace_back();
    message.content.emplace_back(upstream::file_part{"file-1", "", ""});
    const auto by_id = a_codec()->encode(call, some_server(), "mock");
    ASSERT_FALSE(by_id.has_value());
    EXPECT_THAT(by_id.error().message, HasSubstr("has no part for a file by its id alone"));
    message = {};
    message.role = upstream::role::tool;
    message.tool_call_id = "c9";
    const auto uncalled = a_codec()->encode(call, some_server(), "mock");
    ASSERT_FALSE(uncalled.has_value());
    EXPECT_THAT(uncalled.error().message, HasSubstr("a tool that was not called"));
}

}  // namespace
}  // namespace sluice::gateway::load::testing
