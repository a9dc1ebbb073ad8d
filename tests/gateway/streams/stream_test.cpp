#include "tests/gateway/streams/workshop.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::HasSubstr;
using upstream::outcome;

TEST(Stream, GivesAReaderEveryFrameOnceAndInOrder) {
    workshop here;
    auto& stream = here.open(500);
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    ASSERT_EQ(reader.frames.size(), 502U);  // start, 500 tokens, done
    for (std::size_t i = 0; i < reader.frames.size(); ++i) {
        EXPECT_TRUE(
            reader.frames[i].ends_with("\nid: " + stream.id() + "/" + std::to_string(i) + "\n\n")
        ) << reader.frames[i];
    }
    EXPECT_THAT(reader.frames.front(), HasSubstr("event: start"));
    EXPECT_THAT(reader.frames.back(), HasSubstr("event: done"));
    EXPECT_EQ(stream.ending().outcome, outcome::completed);
    EXPECT_EQ(here.ended_as(outcome::completed), 1);
    EXPECT_EQ(here.figures.streams_live.value(), 0);
    EXPECT_EQ(here.figures.output_tokens.value(), 500);
}

TEST(Stream, GivesALaterReaderTheSame) {
    workshop here;
    auto& stream = here.open(100, disconnect_policy::keep);
    test_reader first;
    test_reader second;
    test_reader third;
    first.join(stream);
    ASSERT_TRUE(here.run_until([&] { return first.frames.size() >= 10; }));
    second.join(stream);
    ASSERT_TRUE(here.run_until([&] { return first.ended && second.ended; }));
    third.join(stream, 40);
    EXPECT_EQ(second.frames, first.frames);
    EXPECT_TRUE(third.ended);
    EXPECT_EQ(third.frames, std::vector(first.frames.begin() + 40, first.frames.end()));
}

TEST(Stream, AsksForNoMoreThanABacklogAndGoesOnAtItsHalf) {
    auto settings = quick_settings();
    settings->streams.backlog = 8192;
    workshop here{0, settings};
    auto& stream = here.open(20'000);
    test_reader reader{false};
    reader.join(stream);
    here.context.run_for(100ms);
    const auto held = stream.frames().end_offset();
    EXPECT_GT(held, 8192U);
    EXPECT_LT(held, 8192U * 20);  // one batch over, not all that there is
    EXPECT_FALSE(stream.ended());
    here.context.restart();
    here.context.run_for(50ms);
    EXPECT_EQ(stream.frames().end_offset(), held);  // it stands still

    reader.catch_up();
    ASSERT_TRUE(here.run_until([&] { return stream.frames().end_offset() > held; }));
    ASSERT_TRUE(here.run_until([&] {
        reader.catch_up();
        return stream.ended();
    }));
    reader.catch_up();
    EXPECT_FALSE(reader.lost);
    EXPECT_EQ(reader.frames.size(), 20'002U);
}

TEST(Stream, ASlowReaderHoldsNobodyElse) {
    auto settings = quick_settings();
    settings->streams.backlog = 8192;
    workshop here{0, settings};
    auto& stream = here.open(2000);
    test_reader slow{false};
    test_reader quick;
    slow.join(stream);
    quick.join(stream);
    ASSERT_TRUE(here.run_until([&] { return quick.ended; }));
    EXPECT_EQ(quick.frames.size(), 2002U);
    EXPECT_TRUE(slow.frames.empty());
}

TEST(Stream, IsCancelledWhenTheLastReaderLeaves) {
    workshop here;
    auto plan = here.plan({{"tokens", "1000"}, {"rate", "10"}});
    auto& stream = here.streams.open(std::move(plan));
    test_reader first;
    test_reader second;
    first.join(stream);
    second.join(stream);
    ASSERT_TRUE(here.run_until([&] { return first.frames.size() >= 2; }));
    first.leave();
    EXPECT_FALSE(stream.ended());
    second.leave();
    EXPECT_TRUE(stream.ended());
    EXPECT_EQ(here.ended_as(outcome::client_gone), 1);
}

TEST(Stream, GraceWaitsForAReaderThatCouldComeBack) {
    workshop here;
    const auto abandoned = [&](bool knew_the_id) -> stream& {
        auto plan = here.plan({{"tokens", "1000"}, {"rate", "10"}});
        plan.on_disconnect = disconnect_policy::grace;
        auto& stream = here.streams.open(std::move(plan));
        test_reader reader;
        reader.join(stream);
        EXPECT_TRUE(here.run_until([&] { return reader.frames.size() >= 2; }));
        if (knew_the_id) stream.note_start_delivered();
        return stream;  // and the reader leaves
    };
    EXPECT_TRUE(abandoned(false).ended());
    auto& waits = abandoned(true);
    EXPECT_FALSE(waits.ended());
    ASSERT_TRUE(here.run_until([&] { return waits.ended(); }));
    EXPECT_EQ(waits.ending().outcome, outcome::client_gone);
    EXPECT_THAT(waits.ending().failure->message, HasSubstr("in time"));
}

TEST(Stream, GraceEndsWithTheReaderThatCameBack) {
    auto settings = quick_settings();
    settings->streams.grace = 0ms;  // due at the next tick
    workshop here{0, settings};
    auto plan = here.plan({{"tokens", "1000"}, {"rate", "10"}});
    plan.on_disconnect = disconnect_policy::grace;
    auto& stream = here.streams.open(std::move(plan));
    test_reader back;
    {
        test_reader reader;
        reader.join(stream);
        ASSERT_TRUE(here.run_until([&] { return reader.frames.size() >= 2; }));
        stream.note_start_delivered();
    }
    back.join(stream);
    here.context.restart();
    here.context.run_for(250ms);  // two ticks
    EXPECT_FALSE(stream.ended());
}

TEST(Stream, KeptGoesOnWithoutReaders) {
    workshop here;
    auto& stream = here.open(300, disconnect_policy::keep);
    {
        test_reader reader;
        reader.join(stream);
    }
    ASSERT_TRUE(here.run_until([&] { return stream.ended(); }));
    EXPECT_EQ(stream.ending().outcome, outcome::completed);
    EXPECT_EQ(stream.frames().next_sequence(), 302U);
}

TEST(Stream, ForgetsWhatWasSentWhereNobodyCanJoin) {
    workshop here;
    auto plan = here.plan({{"tokens", "5000"}});
    plan.kept = plan.names.told = false;
    plan.dialect = &openai_chat_dialect();
    auto& stream = here.streams.open(std::move(plan));
    test_reader reader;
    reader.join(stream);
    std::size_t most = 0;
    ASSERT_TRUE(here.run_until([&] {
        most = std::max(most, stream.frames().bytes_held());
        return reader.ended;
    }));
    EXPECT_EQ(reader.frames.back(), "data: [DONE]\n\n");
    EXPECT_EQ(stream.frames().bytes_held(), 0U);
    EXPECT_EQ(here.find(stream.id()), nullptr);
}

TEST(Stream, KeepsNoMoreHistoryThanTheJournalMayHold) {
    auto settings = quick_settings();
    settings->streams.journal = 32768;
    workshop here{0, settings};
    auto& stream = here.open(5000, disconnect_policy::keep);
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    EXPECT_FALSE(reader.lost);
    EXPECT_LE(stream.frames().bytes_held(), 32768U + 2 * sse::journal::segment_bytes);
    EXPECT_GT(stream.frames().first_sequence(), 0U);
}

TEST(Stream, TellsAnUpstreamFailureAfterContentInItsDone) {
    workshop here;
    auto& stream = here.streams.open(here.plan({{"tokens", "50"}, {"error", "reset-after=5"}}));
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    ASSERT_EQ(reader.frames.size(), 7U);
    EXPECT_THAT(reader.frames.back(), HasSubstr("\"finish_reason\":\"error\""));
    EXPECT_NE(stream.ending().outcome, outcome::completed);
}

TEST(Stream, AFailureBeforeContentLeavesTheStatusLineFree) {
    workshop here;
    auto& stream = here.streams.open(here.plan({{"error", "429"}}));
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    EXPECT_TRUE(reader.frames.empty());
    EXPECT_FALSE(stream.committed());
    EXPECT_EQ(stream.ending().failure->status, 429);
}

TEST(Stream, CommitsWhenItHasWaitedLongEnough) {
    auto settings = quick_settings();
    settings->server.commit_after = 10ms;
    workshop here{0, settings};
    auto& stream = here.streams.open(here.plan({{"ttft-ms", "60000"}}));
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.frames.size() == 1; }));
    EXPECT_THAT(reader.frames[0], HasSubstr("event: start"));
    EXPECT_TRUE(stream.committed());
}

TEST(Stream, ADetachedOneCanBeJoinedFromItsFirstMomentAndNeedsNoReader) {
    workshop here;
    auto plan = here.plan({{"tokens", "20"}, {"ttft-ms", "20"}});
    plan.detached = true;
    plan.on_disconnect = disconnect_policy::keep;
    auto& stream = here.streams.open(std::move(plan));
    EXPECT_EQ(here.find(stream.id()), &stream);
    EXPECT_EQ(stream.frames().next_sequence(), 1U);
    ASSERT_TRUE(here.run_until([&] { return stream.ended(); }));
    EXPECT_EQ(stream.ending().outcome, outcome::completed);
    test_reader late;
    late.join(stream);
    EXPECT_EQ(late.frames.size(), 22U);
}

TEST(Stream, ADetachedOneTellsAFailureInItsDone) {
    workshop here;
    auto plan = here.plan({{"error", "429"}});
    plan.detached = true;
    auto& stream = here.streams.open(std::move(plan));
    ASSERT_TRUE(here.run_until([&] { return stream.ended(); }));
    test_reader late;
    late.join(stream);
    ASSERT_EQ(late.frames.size(), 2U);
    EXPECT_THAT(late.frames[1], HasSubstr("\"finish_reason\":\"error\""));
}

TEST(Stream, GraceRunsForADetachedOneThatNobodyComesFor) {
    workshop here;
    auto plan = here.plan({{"tokens", "1000"}, {"rate", "10"}});
    plan.detached = true;
    plan.on_disconnect = disconnect_policy::grace;
    auto& stream = here.streams.open(std::move(plan));
    ASSERT_TRUE(here.run_until([&] { return stream.ended(); }));
    EXPECT_EQ(stream.ending().outcome, outcome::client_gone);
}

TEST(Stream, BeatsWithACommentThatEndsNoBlockWhereFramesBearIds) {
    workshop here;
    const auto beat = [&](const dialect& as, bool told, bool started) {
        auto plan = here.plan({{"tokens", "1"}});
        plan.dialect = &as;
        plan.names.told = told;
        return here.streams.open(std::move(plan)).heartbeat(started);
    };
    EXPECT_EQ(beat(native_dialect(), true, true), ": \n");
    EXPECT_EQ(beat(openai_chat_dialect(), true, false), ": \n");
    EXPECT_EQ(beat(openai_chat_dialect(), false, false), ":\n\n");
}

TEST(Stream, GathersOneDocumentWhereThatIsWanted) {
    workshop here;
    auto plan = here.plan({{"tokens", "20"}});
    plan.call.stream = false;
    plan.kept = false;
    auto& stream = here.streams.open(std::move(plan));
    test_reader reader;
    reader.join(stream);
    ASSERT_TRUE(here.run_until([&] { return reader.ended; }));
    EXPECT_THAT(stream.document(), HasSubstr("\"output_tokens\":20"));
    EXPECT_TRUE(reader.frames.empty());
}

}  // namespace
}  // namespace sluice::gateway::testing
