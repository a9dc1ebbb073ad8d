#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const json document{{"prompt", "Hi"}, {"stream", false}};

/// A gateway that keeps a ledger, and what is in it once the gateway has ended.
struct book_keeping_house {
    explicit book_keeping_house(const std::string& base_url = "http://127.0.0.1:9/v1")
        : gateway(configuration_text()
                      .server("workers: 2")
                      .server("drain: 500ms")
                      .upstream(base_url)
                      .top("ledger: {path: \"" + path() + "\"}")
                      .yaml()) {}

    std::string path() const { return (folder.path() / "ledger.db").string(); }

    std::int64_t records(const std::string& model) const {
        const auto told =
            run_sluice({"usage", "--ledger", path(), "--by", "model", "--format", "json"});
        EXPECT_EQ(told.exit_code, 0) << told.err;
        for (const auto& row : json::parse(told.out)) {
            if (row.at("model") == model) return row.at("requests").get<std::int64_t>();
        }
        return 0;
    }

    temporary_folder folder;
    gateway_process gateway;
};

TEST(LedgerAtTheEnd, HasEveryRequestThatWasAnsweredBeforeSigterm) {
    book_keeping_house house;
    for (int i = 0; i < 40; ++i)
        ASSERT_EQ(house.gateway.ask(post("/v1/streams", document)).status, 200);
    house.gateway.signal(SIGTERM);
    ASSERT_EQ(house.gateway.wait_exit(), 0);
    EXPECT_EQ(house.records("mock"), 40);
}

TEST(LedgerAtTheEnd, HasTheStreamsThatTheDrainHadToEnd) {
    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two"}, step)};
    book_keeping_house house(upstream.base_url());
    open_stream live(house.gateway, post("/v1/streams", {{"prompt", "Hi"}, {"model", "up"}}));
    live.expect_next();
    house.gateway.signal(SIGTERM);
    live.rest();
    ASSERT_EQ(house.gateway.wait_exit(), 0);
    EXPECT_EQ(house.records("up"), 1);
}

TEST(LedgerAtTheEnd, HasWhatWasAnsweredWhereASecondSignalEndsAtOnce) {
    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two"}, step)};
    book_keeping_house house(upstream.base_url());
    open_stream live(house.gateway, post("/v1/streams", {{"prompt", "Hi"}, {"model", "up"}}));
    live.expect_next();
    for (int i = 0; i < 10; ++i)
        ASSERT_EQ(house.gateway.ask(post("/v1/streams", document)).status, 200);
    house.gateway.signal(SIGTERM);
    ASSERT_FALSE(house.gateway.wait_for_log({"\"draining\""}).empty());
    house.gateway.signal(SIGTERM);
    ASSERT_EQ(house.gateway.wait_exit(), 1);
    EXPECT_EQ(house.records("mock"), 10);
    EXPECT_EQ(house.records("up"), 1) << "of what ran there is what it had used";
}

TEST(LedgerAtTheStart, ThatCannotBeOpenedIsAnErrorOfTheStart) {
    const temporary_folder folder;
    const auto file = folder.write("ledger.db", "this is no database, but a text of some length");
    const auto config = folder.write(
        "sluice.yaml", configuration_text().top("ledger: {path: \"" + file + "\"}").yaml()
    );
    const auto result = run_sluice({"serve", "--config", config});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_NE(result.err.find("ledger.db"), std::string::npos) << result.err;
    EXPECT_EQ(folder.read("ledger.db"), "this is no database, but a text of some length");
}

}  // namespace
}  // namespace sluice::end_to_end
