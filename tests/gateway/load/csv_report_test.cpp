#include "gateway/load/report/reports.hpp"
#include "tests/gateway/load/sample_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace sluice::gateway::load::testing {

namespace {

using ::testing::EndsWith;

constexpr const char* head =
    "number,due_ns,sent_ns,first_byte_ns,first_event_ns,first_content_ns,first_visible_ns,"
    "last_content_ns,done_ns,longest_gap_ns,events,input_tokens,output_tokens,reconnects,status,"
    "verdict,met_objectives\r\n";

TEST(LoadCsvReport, IsAHeadAloneWithoutStreams) {
    EXPECT_EQ(csv_report(run_outcome()), head);
}

TEST(LoadCsvReport, HasOneRowForEachStream) {
    run_outcome run;
    run.seen.records = {
        {7, 1, 2, 3, 4, 5, 6, 70, 80, 9, 10, 11, 12, 13, 200, verdict::whole, true}};
    EXPECT_EQ(
        csv_report(run), std::string(head) + "7,1,2,3,4,5,6,70,80,9,10,11,12,13,200,whole,true\r\n"
    );
}

TEST(LoadCsvReport, LeavesEmptyWhatDidNotHappen) {
    run_outcome run;
    run.seen.records.resize(1);
    EXPECT_EQ(csv_report(run), std::string(head) + "0,,,,,,,,,,0,0,0,0,0,unended,false\r\n");
}

TEST(LoadCsvReport, NamesEveryVerdict) {
    run_outcome run;
    run.seen.records.resize(1);
    for (const auto& [how, word] : {
             std::pair{verdict::whole, "whole"},
             std::pair{verdict::failed, "failed"},
             std::pair{verdict::aborted, "aborted"},
             std::pair{verdict::unended, "unended"},
         }) {
        run.seen.records[0].how = how;
        EXPECT_THAT(csv_report(run), EndsWith(std::string(",") + word + ",false\r\n"));
    }
}

TEST(LoadCsvReport, HasAsManyFieldsInEachRowAsInItsHead) {
    const std::string text = csv_report(sample_run(25));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 26);
    EXPECT_EQ(std::count(text.begin(), text.end(), ','), 26 * 16);
}

}  // namespace

}  // namespace sluice::gateway::load::testing
