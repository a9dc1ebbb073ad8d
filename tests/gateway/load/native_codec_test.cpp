#include "gateway/load/speech/native_codec.hpp"

#include "tests/gateway/load/client_codecs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::load::testing {
namespace {

using nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<native_codec> a_codec() {
    return std::make_unique<native_codec>();
}

told read(std::string_view wire) {
    return read_by(a_codec(), {wire});
}

const std::string start = "event: start\ndata: {\"id\":\"s\",\"model\":\"m\"}\nid: s/0\n\n";
const std::string done =
    "event: done\ndata: {\"finish_reason\":\"stop\",\"usage\":{}}\nid: s/2\n\n";

std::string event(std::string_view data, int number = 1) {
    return "data: " + std::string(data) + "\nid: s/" + std::to_string(number) + "\n\n";
}

/// What is told between a beginning and an end.
told told_of(std::string_view data) {
    return read(start + event(data) + done);
}

TEST(NativeCodec, ReadsBackWhatTheDialectWrites) {
    auto answer = some_answer();
    answer.insert(answer.end() - 1, upstream::refusal_delta{0, "I won't.\""});
    auto usage = some_usage();
    usage.input_audio_tokens = 4;
    usage.output_audio_tokens = 6;
    const auto meant = meant_by(answer);
    const auto wire = written(native_dialect(), answer, closed(outcome::completed, usage));
    const auto heard = read(wire);
    EXPECT_EQ(heard.ended, outcome::completed);
    EXPECT_EQ(heard.text, meant.text);
    EXPECT_EQ(heard.reasoning, meant.reasoning);
    EXPECT_EQ(heard.refusal, meant.refusal);
    EXPECT_EQ(heard.calls, meant.calls);
    EXPECT_EQ(heard.media, meant.media);
    EXPECT_EQ(heard.finishes, meant.finishes);
    EXPECT_EQ(heard.usage, usage);
    EXPECT_THAT(
        heard.identities, ElementsAre(std::tuple(some_names.id, some_names.route, std::int64_t{0}))
    );
    expect_the_same_at_every_cut(wire, a_codec);
    expect_no_ending_before_the_last(wire, a_codec);
}

TEST(NativeCodec, ReadsTextsThatLookLikeFrames) {
    for (const auto& text : gateway::testing::forgeries()) {
        const std::vector<upstream::item> items{
            upstream::text_delta{0, text},
            upstream::reasoning_delta{0, text},
            upstream::refusal_delta{0, text},
        };
        const auto heard = read(written(native_dialect(), items, closed(outcome::completed)));
        const auto meant = gateway::testing::as_valid_utf8(text);
        EXPECT_EQ(heard.text.at(0), meant);
        EXPECT_EQ(heard.reasoning.at(0), meant);
        EXPECT_EQ(heard.refusal.at(0), meant);
        EXPECT_EQ(heard.ended, outcome::completed);
    }
}

TEST(NativeCodec, ReadsEachReasonToFinish) {
    for (const auto reason :
         {finish_reason::stop,
          finish_reason::length,
          finish_reason::tool_calls,
          finish_reason::content_filter}) {
        const std::vector<upstream::item> items{upstream::finish{0, reason}};
        const auto heard = read(written(native_dialect(), items, closed(outcome::completed)));
        EXPECT_THAT(heard.finishes, ElementsAre(std::pair(0, reason)));
        EXPECT_THAT(heard.native_reasons, ElementsAre(to_string(reason)));
    }
}

TEST(NativeCodec, KeepsEachFailureAndItsOutcome) {
    for (const auto how :
         {outcome::upstream_error, outcome::upstream_eof, outcome::deadline, outcome::drained}) {
        const auto heard = read(written(native_dialect(), some_answer(), closed(how)));
        EXPECT_EQ(heard.ended, how);
        EXPECT_EQ(heard.failure->message, "it broke");
        EXPECT_TRUE(heard.finishes.empty());
    }
    const auto stopped = read(written(native_dialect(), {}, closed(outcome::cancelled)));
    EXPECT_EQ(stopped.ended, outcome::cancelled);
}

TEST(NativeCodec, TellsWhetherAFailureMayPass) {
    auto end = closed(outcome::upstream_error);
    EXPECT_FALSE(read(written(native_dialect(), {}, end)).failure->retryable);
    end.ending.failure->retryable = true;
    EXPECT_TRUE(read(written(native_dialect(), {}, end)).failure->retryable);
}

TEST(NativeCodec, ReadsEventsOfEachShapeAlike) {
    // A scan reads the first, a tree the others.
    for (const auto* data :
         {R"({"text":"a\u00e9\n"})",
          R"( { "text" : "a\u00e9\n" } )",
          R"({"te\u0078t":"a\u00e9\n"})",
          R"({"text":"a\u00e9\n","new":[1,{"deep":null}]})",
          R"({"new":1,"text":"a\u00e9\n"})"}) {
        EXPECT_EQ(told_of(data).text[0], "a\xC3\xA9\n") << data;
    }
    EXPECT_EQ(told_of("{\"text\":\"a\xff\"}").text[0], "a\xEF\xBF\xBD");
    EXPECT_EQ(told_of(R"({"text":"\ud83c"})").text[0], "\xEF\xBF\xBD");
    const auto both = told_of(R"({"reasoning":"r","text":"t"})");
    EXPECT_EQ(both.reasoning.at(0), "r");
    EXPECT_EQ(both.text.at(0), "t");
}

TEST(NativeCodec, TellsNothingOfWhatItDoesNotKnow) {
    for (const auto* data :
         {R"({"text":""})",
          R"({"text":null})",
          R"({"text":5})",
          "{}",
          R"({"citation":{"url":"u"}})",
          R"({"logprobs":[]})"}) {
        const auto heard = told_of(data);
        EXPECT_EQ(heard.ended, outcome::completed) << data;
        EXPECT_TRUE(heard.text.empty()) << data;
    }
    const auto heard = read(start + "event: news\ndata: [not JSON\n\n: comment\n\n" + done);
    EXPECT_EQ(heard.ended, outcome::completed);
}

TEST(NativeCodec, TakesNoEndButTheTerminalEvent) {
    const auto heard = read(start + event(R"({"text":"a"})"));
    EXPECT_EQ(heard.ended, outcome::upstream_eof);
    EXPECT_EQ(heard.text.at(0), "a");
    EXPECT_EQ(heard.failure->message, "the provider 'server' broke off its answer before the end");
    EXPECT_EQ(read("").ended, outcome::upstream_eof);
    EXPECT_EQ(read(start + "data: [DONE]\n\n").ended, outcome::upstream_error);
    // Its blank line did not come.
    EXPECT_EQ(read(start + done.substr(0, done.size() - 1)).ended, outcome::upstream_eof);
}

TEST(NativeCodec, IgnoresWhatComesBehindTheEnd) {
    const auto heard = read(start + done + event(R"({"text":"a"})", 3) + "rubbish");
    EXPECT_EQ(heard.ended, outcome::completed);
    EXPECT_TRUE(heard.text.empty());
}

TEST(NativeCodec, FailsAtWhatBreaksTheProtocol) {
    for (const auto* data :
         {"{\"text\":",
          "[1]",
          "5",
          R"({"tool_call":{"id":"c"}})",
          R"({"tool_call":[]})",
          R"({"tool_call":{"index":-1}})",
          R"({"tool_call":{"index":1024}})",
          R"({"tool_call":{"index":1e300}})",
          R"({"media":"picture"})"}) {
        EXPECT_EQ(told_of(data).ended, outcome::upstream_error) << data;
    }
    EXPECT_EQ(read("event: start\ndata: {}\n\n").ended, outcome::upstream_error);
    for (const auto* last : {"{}", "x", "[]", R"({"finish_reason":5})"}) {
        EXPECT_EQ(
            read(start + "event: done\ndata: " + last + "\n\n").ended, outcome::upstream_error
        ) << last;
    }
}

TEST(NativeCodec, ReportsAnErrorWhereAnEventShouldBe) {
    const auto heard = told_of(R"({"error":{"type":"overloaded_error","message":"too much"}})");
    EXPECT_EQ(heard.ended, outcome::upstream_error);
    EXPECT_EQ(heard.failure->message, "too much");
    EXPECT_THAT(
        read("<html>Bad gateway</html>").failure->message, HasSubstr("answered with a web page")
    );
    EXPECT_THAT(
        read(R"({"id":"s","text":"a","finish_reason":"stop"})").failure->message,
        HasSubstr("one document where a stream was asked for")
    );
}

TEST(NativeCodec, FailsAtAnEventWithoutEnd) {
    const auto heard = read("data: " + std::string((4U << 20) + 1, 'a'));
    EXPECT_EQ(heard.ended, outcome::upstream_error);
    EXPECT_THAT(heard.failure->message, HasSubstr("too large"));
}

TEST(NativeCodec, SaysARequestSoThatTheDialectReadsTheSame) {
    const auto meant = some_call();
    const auto sent = a_codec()->encode(meant, some_server(), "mock");
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->url, "http://127.0.0.1:8080/v1/streams");
    EXPECT_THAT(sent->headers, Contains("Content-Type: application/json"));
    EXPECT_THAT(sent->headers, Contains("Accept: text/event-stream"));
    EXPECT_THAT(sent->headers, Contains("Authorization: Bearer sk-secret-key"));
    const auto read = native_dialect().decode(sent->body);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_TRUE(read->dropped.empty());
    EXPECT_TRUE(read->call.stream);
    EXPECT_EQ(read->call.request.model, "mock");
    EXPECT_EQ(read->call.request.max_tokens, 64);
    EXPECT_EQ(read->call.request.temperature, 0.5);
    EXPECT_EQ(read->call.request.stop, std::vector<std::string>{"END"});
    expect_the_same_messages(read->call.request.messages, meant.request.messages);
}

TEST(NativeCodec, LeavesTheModelToTheServerWhereNoneIsNamed) {
    auto server = some_server();
    server.base_url = "https://host/prefix/v1/";
    server.api_key.clear();
    const auto sent = a_codec()->encode(some_call(), server, "");
    ASSERT_TRUE(sent.has_value());
    EXPECT_EQ(sent->url, "https://host/prefix/v1/streams");
    EXPECT_FALSE(json::parse(sent->body).contains("model"));
    for (const auto& header : sent->headers)
        EXPECT_FALSE(header.starts_with("Authorization")) << header;
}

TEST(NativeCodec, PassesOnWhatARefusalSays) {
    const auto codec = a_codec();
    (void)codec->encode(some_call(), some_server(), "mock");
    const auto why = codec->refuse(
        401,
        {},
        R"({"error":{"type":"authentication_error","message":"no such key","retryable":false}})"
    );
    EXPECT_EQ(why.status, 401);
    EXPECT_EQ(why.message, "no such key");
}

}  // namespace
}  // namespace sluice::gateway::load::testing
