#include "tests/gateway/dialects/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::ElementsAre;
using upstream::outcome;

TEST(NativeStream, IsFramedAsTheContractHasIt) {
    upstream::usage usage;
    usage.input_tokens = 5;
    usage.output_tokens = 8;
    encoding stream{native_dialect()};
    stream.open().text("Hel").text("lo").close(closed(outcome::completed, usage));
    const std::string id = some_names.id;
    EXPECT_THAT(
        stream.frames(),
        ElementsAre(
            "retry: 1000\nevent: start\ndata: {\"id\":\"" + id +
                "\",\"model\":\"chat\"}\nid: " + id + "/0\n\n",
            "data: {\"text\":\"Hel\"}\nid: " + id + "/1\n\n",
            "data: {\"text\":\"lo\"}\nid: " + id + "/2\n\n",
            "event: done\ndata: {\"finish_reason\":\"stop\",\"usage\":{\"input_tokens\":5,"
            "\"output_tokens\":8}}\nid: " +
                id + "/3\n\n"
        )
    );
}

TEST(NativeStream, CarriesEveryKindOfContentInAnUnnamedEvent) {
    encoding stream{native_dialect()};
    stream.item(upstream::reasoning_delta{0, "hm"})
        .item(upstream::refusal_delta{0, "no"})
        .item(upstream::tool_call_delta{0, 1, "call_1", "look", "{\"a\""})
        .item(upstream::tool_call_delta{0, 1, "", "", ":1}"})
        .item(upstream::media_delta{0, "image/png", "aGk="});
    const auto events = events_of(stream.wire());
    ASSERT_EQ(events.size(), 5U);
    for (const auto& event : events)
        EXPECT_EQ(event.type, "message");
    EXPECT_EQ(events[0].data, R"({"reasoning":"hm"})");
    EXPECT_EQ(events[1].data, R"({"refusal":"no"})");
    EXPECT_EQ(
        events[2].data,
        R"({"tool_call":{"index":1,"id":"call_1","name":"look","arguments":"{\"a\""}})"
    );
    EXPECT_EQ(events[3].data, R"({"tool_call":{"index":1,"arguments":":1}"}})");
    EXPECT_EQ(events[4].data, R"({"media":{"type":"image/png","data":"aGk="}})");
}

TEST(NativeStream, LeavesNoGapInTheNumbersForWhatMakesNoFrame) {
    encoding stream{native_dialect()};
    stream.open()
        .item(upstream::identity{"x", "gpt", 1})
        .text("")
        .item(upstream::usage{})
        .item(upstream::text_delta{1, "another choice"})
        .text("a")
        .item(upstream::finish{0, upstream::finish_reason::length})
        .close(closed(outcome::completed));
    const auto events = events_of(stream.wire());
    ASSERT_EQ(events.size(), 3U);
    for (std::size_t i = 0; i < events.size(); ++i)
        EXPECT_EQ(events[i].id, some_names.id + "/" + std::to_string(i));
}

TEST(NativeStream, TellsTheModelsOwnFinish) {
    using reason = upstream::finish_reason;
    for (const auto& [value, word] : {
             std::pair{reason::stop, "stop"},
             std::pair{reason::length, "length"},
             std::pair{reason::tool_calls, "tool_calls"},
             std::pair{reason::content_filter, "content_filter"},
         }) {
        encoding stream{native_dialect()};
        stream.item(upstream::finish{0, value}).close(closed(outcome::completed));
        EXPECT_EQ(json_of(events_of(stream.wire()).at(0))["finish_reason"], word);
    }
}

closing timed(std::optional<generation_timing::span> first_token) {
    using std::chrono::microseconds;
    auto end = closed(outcome::completed);
    end.cost = 123'000;
    end.timing = generation_timing{
        microseconds{100}, microseconds{201'500}, first_token, microseconds{1'403'217}};
    return end;
}

TEST(NativeStream, TellsWhereTheTimeWentAndWhatItCost) {
    encoding stream{native_dialect()};
    stream.close(timed(std::chrono::microseconds{201'900}));
    EXPECT_EQ(
        events_of(stream.wire()).at(0).data,
        R"({"finish_reason":"stop","usage":{},"cost":0.000123,"timing":)"
        R"({"queue_ms":0.1,"upstream_ms":201.5,"first_token_ms":201.9,"total_ms":1403.217}})"
    );
}

TEST(NativeStream, TellsNoTimeToAFirstTokenThatNeverCameAndNothingThatIsNotKnown) {
    encoding without_token{native_dialect()};
    without_token.close(timed(std::nullopt));
    const auto done = json_of(events_of(without_token.wire()).at(0));
    EXPECT_FALSE(done.at("timing").contains("first_token_ms"));
    EXPECT_EQ(done.at("timing").size(), 3U);
    encoding unknown{native_dialect()};
    unknown.close(closed(outcome::completed));
    const auto plain = json_of(events_of(unknown.wire()).at(0));
    EXPECT_FALSE(plain.contains("timing") || plain.contains("cost"));
}

TEST(NativeStream, TellsWhyItDidNotFinish) {
    for (const auto end :
         {outcome::client_gone,
          outcome::upstream_error,
          outcome::upstream_eof,
          outcome::first_token_timeout,
          outcome::progress_timeout,
          outcome::deadline,
          outcome::gap,
          outcome::slow_reader,
          outcome::drained,
          outcome::rejected,
          outcome::shed}) {
        SCOPED_TRACE(upstream::to_string(end));
        encoding stream{native_dialect()};
        stream.text("a").item(upstream::finish{}).close(closed(end));
        const auto events = events_of(stream.wire());
        ASSERT_EQ(events.size(), 2U);
        EXPECT_EQ(events[1].type, "done");
        const auto done = json_of(events[1]);
        EXPECT_EQ(done["finish_reason"], "error");
        EXPECT_EQ(done["error"]["type"], upstream::to_string(end));
        EXPECT_EQ(done["error"]["message"], "it broke");
        EXPECT_EQ(done["error"]["retryable"], false);
    }
}

TEST(NativeStream, ACancelledStreamAndASpentBudgetAreNoErrors) {
    const auto done = [](outcome end) {
        encoding stream{native_dialect()};
        stream.close(closed(end));
        return json_of(events_of(stream.wire()).at(0));
    };
    EXPECT_EQ(done(outcome::cancelled)["finish_reason"], "cancelled");
    EXPECT_FALSE(done(outcome::cancelled).contains("error"));
    EXPECT_EQ(done(outcome::budget)["finish_reason"], "length");
    EXPECT_FALSE(done(outcome::budget).contains("error"));
}

TEST(NativeStream, BidsFarewellWithADoneOfItsOwnNumber) {
    const encoding stream{native_dialect()};
    const auto events = events_of(stream.encoder().farewell(some_failure(outcome::gap), 41));
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].type, "done");
    EXPECT_EQ(events[0].id, some_names.id + "/41");
    EXPECT_EQ(json_of(events[0])["error"]["type"], "gap");
}

TEST(NativeStream, TextForgesNoFrame) {
    for (const auto& text : forgeries()) {
        SCOPED_TRACE(text);
        encoding stream{native_dialect()};
        stream.open()
            .text(text)
            .item(upstream::tool_call_delta{0, 0, text, text, text})
            .item(upstream::media_delta{0, text, text});
        auto end = closed(outcome::upstream_error);
        end.ending.failure->message = text;
        stream.close(end);
        const auto events = events_of(stream.wire());
        ASSERT_EQ(events.size(), 5U);
        EXPECT_EQ(json_of(events[1]), nlohmann::json({{"text", as_valid_utf8(text)}}));
        EXPECT_EQ(json_of(events[2])["tool_call"]["arguments"], as_valid_utf8(text));
        EXPECT_EQ(json_of(events[3])["media"]["data"], as_valid_utf8(text));
        EXPECT_EQ(events[4].type, "done");
        EXPECT_EQ(json_of(events[4])["error"]["message"], as_valid_utf8(text));
        for (std::size_t i = 0; i < events.size(); ++i)
            EXPECT_EQ(events[i].id, some_names.id + "/" + std::to_string(i));
    }
}

TEST(NativeStream, ARouteNameForgesNothing) {
    const stream_names names{some_names.id, "a\"}\n\nevent: done\n\n", 1};
    sse::journal::pool pool;
    sse::journal journal{pool};
    frame_writer out{journal};
    native_dialect().encoder({}, names, false)->open(out);
    std::string frame;
    ASSERT_TRUE(journal.read(0, frame));
    const auto events = events_of(frame);
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(json_of(events[0])["model"], names.route);
}

}  // namespace
}  // namespace sluice::gateway::testing
