#include "gateway/load/report/objectives.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::gateway::load::testing {

namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string error_of(const std::string& text) {
    const auto read = parse_objectives(text);
    return read ? "none" : read.error();
}

/// Whole, within every sensible objective.
stream_record good_stream() {
    stream_record stream;
    stream.due_ns = 1'000'000;
    stream.sent_ns = 1'000'000;
    stream.first_byte_ns = 2'000'000;
    stream.first_event_ns = 2'000'000;
    stream.first_content_ns = 11'000'000;
    stream.first_visible_ns = 21'000'000;
    stream.last_content_ns = 51'000'000;
    stream.done_ns = 101'000'000;
    stream.longest_gap_ns = 15'000'000;
    stream.output_tokens = 5;
    stream.how = verdict::whole;
    return stream;
}

bool met(const std::string& text, const stream_record& stream) {
    return parse_objectives(text)->met_by(stream);
}

TEST(LoadObjectives, ReadsNamesAndTimesOfEveryUnit) {
    const auto read = parse_objectives("ttfb=80us, ttft=1.5s,ttft_visible=2m,gap=50ms,tpot=900ns");
    ASSERT_TRUE(read) << read.error();
    using subject = objectives::subject;
    const std::vector<objectives::limit> expected{
        {subject::ttfb, 80'000},
        {subject::ttft, 1'500'000'000},
        {subject::ttft_visible, 120'000'000'000},
        {subject::gap, 50'000'000},
        {subject::tpot, 900},
    };
    EXPECT_EQ(read->limits(), expected);
    EXPECT_EQ(read->text(), "ttfb=80us,ttft=1.5s,ttft_visible=2m,gap=50ms,tpot=900ns");
}

TEST(LoadObjectives, SuggestsTheNameThatWasMeant) {
    EXPECT_THAT(
        error_of("tttf=500ms"),
        AllOf(HasSubstr("no objective named 'tttf'"), HasSubstr("did you mean 'ttft'?"))
    );
    EXPECT_THAT(error_of("speed=1s"), HasSubstr("there are ttfb, ttft,"));
}

TEST(LoadObjectives, RefusesAnObjectiveThatIsGivenTwice) {
    EXPECT_EQ(error_of("gap=1s,ttft=1s,gap=2s"), "the objective gap is given twice");
}

TEST(LoadObjectives, RefusesTimesThatNoStreamCanKeep) {
    EXPECT_EQ(error_of("gap=0ms"), "the objective gap must be above zero");
    EXPECT_EQ(error_of("gap=-1s"), "the objective gap must be above zero");
    EXPECT_EQ(error_of("e2e=1441m"), "the objective e2e is above 24 hours");
}

TEST(LoadObjectives, RefusesWhatIsNoTime) {
    for (const std::string text :
         {"500", "ms", "", "5 days", "0x5ms", "infs", "nans", "1e3ms", "5ms5"})
        EXPECT_THAT(error_of("ttft=" + text), HasSubstr("needs a time such as 500ms")) << text;
}

TEST(LoadObjectives, RefusesWhatIsNoObjective) {
    EXPECT_THAT(error_of(""), HasSubstr("no objective is given"));
    EXPECT_THAT(error_of("500ms"), HasSubstr("a name and a time"));
    EXPECT_THAT(error_of("gap=5ms,"), HasSubstr("a name and a time"));
}

TEST(LoadObjectives, CountsFromTheDueTimeToEachMoment) {
    const stream_record stream = good_stream();
    EXPECT_TRUE(met("ttfb=1ms,ttft=10ms,ttft_visible=20ms,gap=15ms,tpot=10ms,e2e=100ms", stream));
    for (const char* const text :
         {"ttfb=999us", "ttft=9.9ms", "ttft_visible=19ms", "gap=14ms", "tpot=9.9ms", "e2e=99ms"})
        EXPECT_FALSE(met(text, stream)) << text;
}

TEST(LoadObjectives, AreMetByWholeStreamsOnly) {
    for (const verdict how : {verdict::failed, verdict::aborted, verdict::unended}) {
        stream_record stream = good_stream();
        stream.how = how;
        EXPECT_FALSE(met("e2e=1m", stream));
        EXPECT_FALSE(objectives().met_by(stream));
    }
    EXPECT_TRUE(objectives().met_by(good_stream()));
}

TEST(LoadObjectives, MissWhatNeverCame) {
    stream_record stream = good_stream();
    stream.first_visible_ns = -1;
    EXPECT_FALSE(met("ttft_visible=1m", stream));
    EXPECT_TRUE(met("ttft=1m", stream));
}

TEST(LoadObjectives, AskForNoGapOrTimePerTokenOfASingleToken) {
    stream_record stream = good_stream();
    stream.output_tokens = 1;
    stream.longest_gap_ns = -1;
    EXPECT_TRUE(met("gap=1ns,tpot=1ns", stream));
}

}  // namespace

}  // namespace sluice::gateway::load::testing
