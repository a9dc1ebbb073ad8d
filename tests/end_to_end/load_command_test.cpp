#include "tests/end_to_end/support/event_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string nowhere = "http://127.0.0.1:1";

/// On a busy machine the client may say that it was late itself.
bool is_without_fault(int code) {
    return code == 0 || code == 4;
}

TEST(LoadCommand, ExplainsItsFiguresAndExitCodes) {
    const auto help = run_sluice({"load", "--help"});
    EXPECT_EQ(help.exit_code, 0);
    for (const auto* word : {"ttft_content", "gap", "added", "Exit codes", "schedule_lag", "--slo"})
        EXPECT_THAT(help.out, HasSubstr(word));
}

TEST(LoadCommand, NamesWhatItCannotRead) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes{
        {{}, "a URL is needed, or --mock"},
        {{"ftp://host"}, "'ftp://host' does not begin with http://"},
        {{nowhere, "--rate", "banana"}, "--rate: "},
        {{nowhere, "--rate", "ramp:5..200"}, "--rate: "},
        {{nowhere, "--dialect", "klingon"}, "--dialect: 'klingon' is none"},
        {{nowhere, "--slo", "ttft=fast"}, "--slo: "},
        {{nowhere, "--slo", "tfft=50ms"}, "did you mean 'ttft'"},
        {{nowhere, "--header", "no-colon"}, "--header: "},
        {{nowhere, "--duration", "soon"}, "--duration: 'soon' must be"},
        {{nowhere, "--duration", "1s", "--warmup", "2s"}, "--warmup: is not shorter"},
        {{nowhere, "--output-tokens", "lognormal(1"}, "--output-tokens: "},
        {{nowhere, "--mock-setting", "rate"}, "--mock-setting: 'rate'"},
        {{nowhere, "--mock-setting", "volume=11"}, "--mock-setting: X-Mock-Volume"},
        {{nowhere, "--mock-setting", "rate=1 key=2"}, "--mock-setting: "},
        {{nowhere, "--api-key-env", "SLUICE_NO_SUCH_KEY"}, "SLUICE_NO_SUCH_KEY is not set"},
        {{nowhere, "--source", "300.0.0.1"}, "--source: "},
        {{nowhere, "--dialect", "ollama", "--drop", "0.5"}, "bear no ids"},
        {{nowhere, "--dialect", "events", "--verify"}, "--verify: "}};
    for (const auto& [arguments, wanted] : mistakes) {
        std::vector<std::string> words{"load"};
        words.insert(words.end(), arguments.begin(), arguments.end());
        const auto result = run_sluice(words);
        EXPECT_EQ(result.exit_code, 2) << wanted << '\n' << result.err;
        EXPECT_THAT(result.err, HasSubstr(wanted));
        EXPECT_EQ(result.out, "");
    }
}

TEST(LoadCommand, FailsWhereAFileIsNotThere) {
    const auto trace = run_sluice({"load", nowhere, "--trace", "/no/such/trace.csv"});
    EXPECT_EQ(trace.exit_code, 1);
    EXPECT_THAT(trace.err, HasSubstr("/no/such/trace.csv"));
    const auto config = run_sluice({"load", "--mock", "--mock-config", "/no/such/file.yaml"});
    EXPECT_EQ(config.exit_code, 1);
    EXPECT_THAT(config.err, HasSubstr("the mock server did not start"));
    EXPECT_THAT(config.err, HasSubstr("/no/such/file.yaml"));
}

TEST(LoadCommand, BringsItsOwnMockAndNeedsNothingElse) {
    const auto result = run_sluice(
        {"load",
         "--mock",
         "--streams",
         "20",
         "--clients",
         "5",
         "--output-tokens",
         "10",
         "--mock-setting",
         "rate=0",
         "--mock-setting",
         "ttft-ms=0",
         "--json",
         "-"}
    );
    ASSERT_TRUE(is_without_fault(result.exit_code)) << result.exit_code << result.err;
    const auto report = json::parse(result.out);
    EXPECT_EQ(report["streams"]["whole"], 20);
    EXPECT_EQ(report["integrity"]["checked"], 200);
    EXPECT_EQ(report["verdict"]["content"], "intact");
}

TEST(LoadCommand, ShowsNoHeadersValueInItsReport) {
    const auto result = run_sluice(
        {"load",
         "--mock",
         "--streams",
         "1",
         "--clients",
         "1",
         "--header",
         "X-Secret: hunter2",
         "--header=X-Other: hunter3",
         "--json",
         "-"}
    );
    ASSERT_TRUE(is_without_fault(result.exit_code)) << result.exit_code << result.err;
    EXPECT_THAT(result.out, Not(HasSubstr("hunter")));
    EXPECT_THAT(result.out, HasSubstr("X-Secret"));
}

}  // namespace
}  // namespace sluice::end_to_end
