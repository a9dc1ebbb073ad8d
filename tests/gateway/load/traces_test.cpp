#include "gateway/load/work/traces.hpp"

#include "gateway/load/work/csv.hpp"
#include "gateway/load/work/trace_time.hpp"
#include "tests/gateway/load/text_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace sluice::gateway::load::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using upstream::role;

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1000 * ms;
const std::string azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
const std::string burst = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n";

struct read_trace {
    std::vector<trace_row> rows;
    std::string problem;
};

read_trace read(const std::string& text) {
    trace_reader reader(std::make_unique<std::istringstream>(text));
    read_trace result;
    trace_row row;
    while (reader.next(row))
        result.rows.push_back(row);
    result.problem = reader.problem();
    return result;
}

std::string problem_of(const std::string& text) {
    return read(text).problem;
}

std::vector<std::int64_t> due_of(const workload_settings& settings) {
    const auto work = made_workload(settings);
    std::vector<std::int64_t> due;
    for (const auto& each : jobs_of(*work, 1000))
        due.push_back(*each.due_ns);
    return due;
}

TEST(Csv, CutsALineAtItsCommas) {
    std::vector<std::string> cells;
    EXPECT_EQ(split_csv("a, b ,,c", cells), "");
    EXPECT_THAT(cells, ElementsAre("a", "b", "", "c"));
    EXPECT_EQ(split_csv("a,", cells), "");
    EXPECT_THAT(cells, ElementsAre("a", ""));
    EXPECT_EQ(split_csv("", cells), "");
    EXPECT_THAT(cells, ElementsAre(""));
}

TEST(Csv, TakesQuotesOffCells) {
    std::vector<std::string> cells;
    EXPECT_EQ(split_csv(R"("a,b", "say ""hi""" ,"")", cells), "");
    EXPECT_THAT(cells, ElementsAre("a,b", "say \"hi\"", ""));
    EXPECT_EQ(split_csv(R"("a,b)", cells), "has a quoted cell without its closing quote");
    EXPECT_EQ(split_csv(R"("a"b)", cells), "has text behind a quoted cell");
    EXPECT_EQ(split_csv(std::string(300, ','), cells), "has more than 256 cells");
}

TEST(TraceTime, ReadsDatesToTheNanosecond) {
    EXPECT_EQ(parse_date_time("1970-01-01 00:00:01"), second);
    EXPECT_EQ(parse_date_time("2023-11-16 18:17:03.9799600"), 1'700'158'623'979'960'000);
    EXPECT_EQ(parse_date_time("2024-05-12T00:00:00.0000000019Z"), 1'715'472'000'000'000'001);
    EXPECT_EQ(parse_date_time("2024-05-12 02:30:00+02:30"), 1'715'472'000 * second);
    EXPECT_EQ(parse_date_time("2024-05-11 22:00:00-0200"), 1'715'472'000 * second);
    EXPECT_EQ(parse_date_time("2024-05-12 02:00:00+02"), 1'715'472'000 * second);
}

TEST(TraceTime, RefusesWhatIsNoDate) {
    for (const auto* text :
         {"",
          "now",
          "2023-11-16",
          "2023-02-30 00:00:00",
          "2023-13-01 00:00:00",
          "1969-01-01 00:00:00",
          "2101-01-01 00:00:00",
          "2023-11-16 24:00:00",
          "2023-11-16 18:17",
          "2023-11-16 18:17:03.",
          "2023-11-16 18:17:03 ",
          "2023-11-16 18:17:03+",
          "2023-11-16 18:17:03+1",
          "-023-11-16 18:17:03"}) {
        EXPECT_FALSE(parse_date_time(text)) << text;
    }
    for (const auto* text : {"", "x", "-1", "1e3", "4000000001", "nan", "inf", "1 "})
        EXPECT_FALSE(parse_seconds(text)) << text;
    EXPECT_EQ(parse_seconds("45.25"), 45 * second + 250 * ms);
}

TEST(Trace, OfAzureIsRead) {
    const auto work = made_workload(trace_of(sample("azure_2023.csv")));
    EXPECT_TRUE(work->is_timed());
    EXPECT_EQ(work->describe(), "trace azure_2023.csv, 30 requests");
    const auto jobs = jobs_of(*work, 100);
    ASSERT_EQ(jobs.size(), 30);
    EXPECT_EQ(jobs[0].input_tokens, 374);
    EXPECT_EQ(jobs[0].output_tokens, 4);
    EXPECT_EQ(jobs[0].due_ns, 0);
    EXPECT_EQ(jobs[1].input_tokens, 12);
    EXPECT_EQ(jobs[1].due_ns, 125'558'000);
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        EXPECT_EQ(jobs[i].number, i);
        EXPECT_EQ(counted_tokens(jobs[i]), jobs[i].input_tokens);
    }
    EXPECT_FALSE(work->next());
}

TEST(Trace, OfAzureFromTheYearAfterIsRead) {
    const auto jobs = jobs_of(*made_workload(trace_of(sample("azure_2024.csv"))), 100);
    ASSERT_EQ(jobs.size(), 20);
    EXPECT_EQ(jobs[0].input_tokens, 2435);
    EXPECT_EQ(jobs[1].due_ns, 52'035'000);
}

TEST(Trace, OfBurstGptIsRead) {
    const auto jobs = jobs_of(*made_workload(trace_of(sample("burstgpt.csv"))), 100);
    ASSERT_EQ(jobs.size(), 25);
    EXPECT_EQ(jobs[0].input_tokens, 756);
    // Of a request that failed nothing came; a model cannot be asked for nothing.
    EXPECT_EQ(jobs[0].output_tokens, 1);
    EXPECT_EQ(jobs[0].due_ns, 0);
    EXPECT_EQ(jobs[1].output_tokens, 18);
    EXPECT_EQ(jobs[1].due_ns, 3 * second);
}

TEST(Trace, OfBurstGptWithSessionsIsRead) {
    const auto jobs = jobs_of(*made_workload(trace_of(sample("burstgpt_sessions.csv"))), 100);
    ASSERT_EQ(jobs.size(), 20);
    EXPECT_EQ(jobs[1].input_tokens, 825);
    EXPECT_EQ(jobs[1].output_tokens, 498);
    EXPECT_EQ(jobs[1].due_ns, 500 * ms);
}

TEST(Trace, OfMooncakeIsRead) {
    const auto work = made_workload(trace_of(sample("mooncake.jsonl")));
    EXPECT_EQ(work->describe(), "trace mooncake.jsonl, 24 requests");
    const auto jobs = jobs_of(*work, 100);
    ASSERT_EQ(jobs.size(), 24);
    EXPECT_EQ(jobs[0].input_tokens, 560);
    EXPECT_EQ(jobs[0].output_tokens, 150);
    EXPECT_EQ(jobs[1].due_ns, 3052 * ms);
    for (const auto& each : jobs)
        EXPECT_EQ(counted_tokens(each), each.input_tokens);
}

/// The rows of a sample in Mooncake's form.
std::vector<trace_row> rows_of(const std::string& path) {
    trace_reader reader(std::make_unique<std::ifstream>(path));
    std::vector<trace_row> rows;
    for (trace_row row; reader.next(row);)
        rows.push_back(row);
    return rows;
}

std::size_t common_bytes(const std::string& a, const std::string& b) {
    const auto most = std::min(a.size(), b.size());
    const auto end = a.begin() + static_cast<std::ptrdiff_t>(most);
    return static_cast<std::size_t>(std::mismatch(a.begin(), end, b.begin()).first - a.begin());
}

TEST(Trace, OfMooncakeSharesTextAsItsHashIdsSay) {
    const auto rows = rows_of(sample("mooncake.jsonl"));
    const auto jobs = jobs_of(*made_workload(trace_of(sample("mooncake.jsonl"))), 100);
    ASSERT_EQ(rows.size(), jobs.size());
    std::size_t sharing = 0;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            const auto& a = rows[i].hash_ids;
            const auto& b = rows[k].hash_ids;
            std::size_t blocks = 0;
            while (blocks < std::min(a.size(), b.size()) && a[blocks] == b[blocks])
                ++blocks;
            const auto tokens = std::min(
                {static_cast<std::int64_t>(blocks) * 512,
                 rows[i].input_tokens,
                 rows[k].input_tokens}
            );
            const auto expected = static_cast<std::size_t>(tokens) * 4;
            const auto common = common_bytes(text_of(jobs[i].messages), text_of(jobs[k].messages));
            EXPECT_GE(common, expected);
            EXPECT_LT(common, expected + 64);  // other blocks may begin with the same word
            sharing += blocks > 1 ? 1 : 0;
        }
    }
    EXPECT_GT(sharing, 10);
}

TEST(Trace, KeepsAllBlocksButTheLastOutOfTheUsersMessage) {
    trace_row row;
    row.input_tokens = 1200;
    row.hash_ids = {4, 5, 6};
    const auto messages = make_block_prompt(row, 1, 2);
    ASSERT_EQ(messages.size(), 2);
    EXPECT_EQ(messages[0].role, role::system);
    EXPECT_EQ(text_of(messages[0]).size(), 2 * 512 * 4);
    EXPECT_EQ(messages[1].role, role::user);
    EXPECT_EQ(text_of(messages[1]).size(), 176 * 4);
}

TEST(Trace, FillsUpWhereItsHashIdsAreTooFewAndLeavesOutThoseTooMany) {
    trace_row row;
    row.input_tokens = 700;
    row.hash_ids = {4};
    EXPECT_EQ(text_of(make_block_prompt(row, 1, 2)).size(), 2800);
    EXPECT_NE(text_of(make_block_prompt(row, 1, 2)), text_of(make_block_prompt(row, 1, 3)));
    row.hash_ids = {4, 5, 6, 7, 8};
    EXPECT_EQ(text_of(make_block_prompt(row, 1, 2)).size(), 2800);
    EXPECT_EQ(text_of(make_block_prompt(row, 1, 2)), text_of(make_block_prompt(row, 1, 3)));
}

TEST(Trace, ScalesItsTimes) {
    const text_file file(burst + "10,m,1,1,2,x\n12,m,1,1,2,x\n15,m,1,1,2,x\n");
    auto settings = trace_of(file.path());
    settings.trace_speed = 2;
    EXPECT_THAT(due_of(settings), ElementsAre(0, second, 2500 * ms));
    settings.trace_speed = 0.001;
    EXPECT_THAT(due_of(settings), ElementsAre(0, 2000 * second, 5000 * second));
}

TEST(Trace, NeverGoesBackInTime) {
    const text_file file(burst + "10,m,1,1,2,x\n5,m,1,1,2,x\n15,m,1,1,2,x\n12,m,1,1,2,x\n");
    EXPECT_THAT(due_of(trace_of(file.path())), ElementsAre(0, 0, 5 * second, 5 * second));
}

TEST(Trace, BoundsTimesThatNoClockHas) {
    const text_file file(burst + "4000000000,m,1,1,2,x\n0,m,1,1,2,x\n4000000000,m,1,1,2,x\n");
    auto settings = trace_of(file.path());
    settings.trace_speed = 0.001;
    EXPECT_THAT(due_of(settings), ElementsAre(0, 0, 0));
    const text_file long_one(
        "{\"timestamp\":0,\"input_length\":1,\"output_length\":1}\n"
        "{\"timestamp\":4e12,\"input_length\":1,\"output_length\":1}\n"
    );
    settings.trace_file = long_one.path();
    EXPECT_THAT(due_of(settings), ElementsAre(0, 9'000'000'000'000'000'000));
}

TEST(Trace, HasLinesOfEverySystem) {
    const auto trace = read(
        "\xEF\xBB\xBF\"timestamp\", contexttokens,GENERATEDTOKENS\r\n\r\n"
        "\"2023-11-16 18:17:03\",\"5\",6.0\r\n"
    );
    EXPECT_EQ(trace.problem, "");
    ASSERT_EQ(trace.rows.size(), 1);
    EXPECT_EQ(trace.rows[0].input_tokens, 5);
    EXPECT_EQ(trace.rows[0].output_tokens, 6);
}

TEST(Trace, FindsItsColumnsByTheirNames) {
    const auto trace = read("Response tokens,Request tokens,Timestamp\n1,2,3\n");
    ASSERT_EQ(trace.rows.size(), 1);
    EXPECT_EQ(trace.rows[0].output_tokens, 1);
    EXPECT_EQ(trace.rows[0].input_tokens, 2);
    EXPECT_EQ(trace.rows[0].at_ns, 3 * second);
}

TEST(Trace, IsReadAgainFromItsBeginning) {
    trace_reader reader(std::make_unique<std::istringstream>(azure + "2023-11-16 18:17:03,5,6\n"));
    trace_row row;
    EXPECT_TRUE(reader.next(row));
    EXPECT_FALSE(reader.next(row));
    reader.rewind();
    EXPECT_TRUE(reader.next(row));
    EXPECT_FALSE(reader.next(row));
}

TEST(Trace, SaysWhatIsWrongWithALine) {
    EXPECT_EQ(
        problem_of(azure + "2023-11-16 18:17:03,5\n"),
        "2: the line has 2 cells where the first line has 3"
    );
    EXPECT_EQ(
        problem_of(azure + "2023-11-16 18:17:03,5,6\n\nyesterday,5,6\n"),
        "4: the line has the time 'yesterday', which is none like 2023-11-16 18:17:03.9799600"
    );
    EXPECT_EQ(
        problem_of(azure + "2023-11-16 18:17:03,many,6\n"),
        "2: the line has 'many' tokens in its prompt, which must be a number from 0 to 1000000"
    );
    EXPECT_THAT(problem_of(azure + "2023-11-16 18:17:03,5,1000001\n"), HasSubstr("in its answer"));
    EXPECT_THAT(problem_of(azure + "2023-11-16 18:17:03,5,-1\n"), HasSubstr("'-1' tokens"));
    EXPECT_THAT(problem_of(azure + "\"2023\n"), EndsWith("without its closing quote"));
    EXPECT_THAT(problem_of(burst + "soon,m,1,1,2,x\n"), HasSubstr("'soon'"));
}

TEST(Trace, SaysWhatIsWrongWithALineOfMooncake) {
    const std::string good = R"({"timestamp":1,"input_length":2,"output_length":3})";
    const auto said = [&](const std::string& line) { return problem_of(good + "\n" + line); };
    EXPECT_EQ(said("{"), "2: the line is no JSON object");
    EXPECT_EQ(said("[1]"), "2: the line is no JSON object");
    EXPECT_EQ(
        said(R"({"input_length":2,"output_length":3})"),
        "2: the line has no timestamp in milliseconds from 0 on"
    );
    EXPECT_THAT(
        said(R"({"timestamp":-1,"input_length":2,"output_length":3})"), HasSubstr("no timestamp")
    );
    EXPECT_EQ(
        said(R"({"timestamp":1,"output_length":3})"),
        "2: the line has no input_length from 0 to 1000000"
    );
    EXPECT_THAT(
        said(R"({"timestamp":1,"input_length":2,"output_length":1000001})"),
        HasSubstr("no output_length")
    );
    EXPECT_EQ(
        said(R"({"timestamp":1,"input_length":2,"output_length":3,"hash_ids":["a"]})"),
        "2: the line has hash_ids that are no array of whole numbers"
    );
    EXPECT_EQ(said(std::string(100'000, '[')), "2: the line is no JSON object");
}

TEST(Trace, RefusesALineWithoutEnd) {
    EXPECT_EQ(
        problem_of(azure + std::string(trace_line_bytes_max + 1, '1')),
        "2: the line is longer than a mebibyte"
    );
    EXPECT_EQ(
        problem_of(std::string(trace_line_bytes_max + 1, '{')),
        "1: the line is longer than a mebibyte"
    );
}

TEST(Trace, OfNoKnownFormatIsRefusedWithItsFile) {
    const text_file file("when,what\n1,2\n");
    EXPECT_THAT(
        workload_error(trace_of(file.path())),
        ::testing::StartsWith(file.path() + ":1: the line begins no trace that is known")
    );
}

TEST(Trace, WithoutRequestsIsRefused) {
    for (const auto& text : {std::string(), azure, std::string("\r\n\r\n")}) {
        const text_file file(text);
        EXPECT_EQ(workload_error(trace_of(file.path())), file.path() + " holds no request");
    }
}

TEST(Trace, IsCheckedToItsLastLineAhead) {
    std::string text = azure;
    for (int i = 0; i < 1000; ++i)
        text += "2023-11-16 18:17:03,5,6\n";
    const text_file file(text + "2023-11-16 18:17:03,5,x\n");
    EXPECT_EQ(
        workload_error(trace_of(file.path())),
        file.path() +
            ":1002: the line has 'x' tokens in its answer, which must be a number from 0 to 1000000"
    );
}

TEST(Trace, EndsWhereItHasBecomeAnotherSince) {
    const text_file file(azure + "2023-11-16 18:17:03,5,6\n");
    const auto work = made_workload(trace_of(file.path()));
    file.write("nothing");
    EXPECT_FALSE(work->next());
    EXPECT_FALSE(work->next());
}

TEST(Trace, HasTheSharedPrefixAsAPartOfItsPrompts) {
    const text_file file(
        azure +
        "2023-11-16 18:17:03,300,6\n2023-11-16 18:17:03,50,6\n"
        "2023-11-16 18:17:03,1,6\n"
    );
    auto settings = trace_of(file.path());
    settings.shared_prefix_tokens = 100;
    const auto jobs = jobs_of(*made_workload(settings), 10);
    ASSERT_EQ(jobs.size(), 3);
    for (const auto& each : jobs)
        EXPECT_EQ(counted_tokens(each), each.input_tokens);
    EXPECT_EQ(text_of(jobs[0].messages[0]).size(), 400);
    // A shorter prompt begins as the others do.
    EXPECT_EQ(
        text_of(jobs[1].messages[0]), text_of(jobs[0].messages[0]).substr(0, std::size_t{49} * 4)
    );
    EXPECT_EQ(jobs[2].messages.size(), 1);
}

TEST(Trace, ThatSaysWhatItsPromptsShareTakesNoPrefix) {
    auto settings = trace_of(sample("mooncake.jsonl"));
    settings.shared_prefix_tokens = 100;
    EXPECT_THAT(workload_error(settings), HasSubstr("whose hash_ids say what they share"));
}

}  // namespace
}  // namespace sluice::gateway::load::testing
