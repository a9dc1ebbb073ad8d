#include "gateway/admission/ledger/usage_command.hpp"

#include "tests/gateway/ledger/ledger_folder.hpp"

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct answer {
    int code = 0;
    std::string out;
    std::string err;
};

answer usage(const usage_options& options) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = run_usage(options, out, err);
    return {code, out.str(), err.str()};
}

ledger_record used(const std::string& key, std::int64_t cost) {
    ledger_record record;
    record.started = utc(2026, 2, 1);
    record.key = key;
    record.model = "chat";
    record.cost = cost;
    return record;
}

TEST(UsageCommand, PrintsTheLedgerInEachFormat) {
    const ledger_folder folder;
    opened(folder.path())->add(used("a", 1));
    const auto table = usage({.ledger = folder.path()});
    EXPECT_EQ(table.code, 0) << table.err;
    EXPECT_THAT(table.out, StartsWith("key    model  day         requests"));
    EXPECT_THAT(table.out, HasSubstr("\na      chat   2026-02-01         1"));
    const auto json = usage({.ledger = folder.path(), .format = "json"});
    EXPECT_EQ(nlohmann::json::parse(json.out)[0]["key"], "a");
    EXPECT_THAT(
        usage({.ledger = folder.path(), .by = "key", .format = "csv"}).out,
        EndsWith("\r\na,1,,,,,0.000000001,0\r\n")
    );
}

TEST(UsageCommand, WorksWhileAGatewayWrites) {
    const ledger_folder folder;
    const auto book = opened(folder.path());
    book->add(used("a", 1));
    ASSERT_TRUE(comes_to_hold(folder.path(), 1));
    EXPECT_THAT(
        usage({.ledger = folder.path(), .by = "key", .format = "csv"}).out, HasSubstr("\r\na,1,")
    );
}

TEST(UsageCommand, ReadsTheLedgerThatTheConfigurationNames) {
    const ledger_folder folder;
    opened(folder.path())->add(used("a", 1));
    const auto config = folder.write("sluice.yaml", "ledger: {path: '" + folder.path() + "'}\n");
    const auto given = usage({.config = config, .by = "key", .format = "csv"});
    EXPECT_EQ(given.code, 0) << given.err;
    EXPECT_THAT(given.out, HasSubstr("\r\na,1,"));
}

TEST(UsageCommand, SaysWhereTheConfigurationIsOfNoHelp) {
    const ledger_folder folder;
    const auto silent = folder.write("silent.yaml", "log: {level: info}\n");
    const auto given = usage({.config = silent});
    EXPECT_EQ(given.code, 1);
    EXPECT_EQ(given.err, "sluice: " + silent + " has no 'ledger', so no usage is kept\n");
    const auto broken = usage({.config = folder.write("broken.yaml", "leger: {}\n")});
    EXPECT_EQ(broken.code, 1);
    EXPECT_THAT(broken.err, HasSubstr("broken.yaml:1:1: "));
}

TEST(UsageCommand, TellsMistakesInItsOptionsFromOtherTrouble) {
    const ledger_folder folder;
    const auto fails = [&](int code, const usage_options& options, const std::string& why) {
        const auto given = usage(options);
        EXPECT_EQ(given.code, code) << given.err;
        EXPECT_EQ(given.out, "");
        EXPECT_THAT(given.err, AllOf(StartsWith("sluice: "), HasSubstr(why)));
        EXPECT_EQ(given.err.find('\n'), given.err.size() - 1) << "one line";
    };
    const auto path = folder.path();
    fails(2, {}, "either --config FILE or --ledger PATH");
    fails(2, {.config = "a", .ledger = "b"}, "either --config FILE or --ledger PATH");
    fails(2, {.ledger = path, .by = "kex"}, "--by: 'kex'");
    fails(2, {.ledger = path, .since = "x"}, "--since: 'x'");
    fails(2, {.ledger = path, .format = "xml"}, "--format: 'xml' is none of table, json, csv");
    fails(1, {.ledger = path}, "cannot read the usage ledger '" + path + "': No such file");
    folder.write("usage.db", std::string(4096, 'x'));
    fails(1, {.ledger = path}, "it is not an SQLite database");
}

TEST(UsageCommand, SaysWhereItsReportCouldNotBeWritten) {
    const ledger_folder folder;
    opened(folder.path())->add(used("a", 1));
    std::ostream nowhere(nullptr);
    std::ostringstream err;
    EXPECT_EQ(run_usage({.ledger = folder.path()}, nowhere, err), 1);
    EXPECT_EQ(err.str(), "sluice: the report could not be written whole\n");
}

TEST(UsageCommand, DeclaresItsOptions) {
    CLI::App app;
    usage_options options;
    declare(app, options);
    app.parse(
        "--ledger l --by day --since 2026-01-01 --until 2026-02-01 --key k --model m --format csv"
    );
    EXPECT_EQ(options.ledger, "l");
    EXPECT_EQ(options.by, "day");
    EXPECT_EQ(options.since, "2026-01-01");
    EXPECT_EQ(options.until, "2026-02-01");
    EXPECT_EQ(options.key, "k");
    EXPECT_EQ(options.model, "m");
    EXPECT_EQ(options.format, "csv");
    EXPECT_THROW(app.parse("--ledger l --config c"), CLI::ParseError);
}

}  // namespace
}  // namespace sluice::gateway::testing
