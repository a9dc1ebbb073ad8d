#include "gateway/store/idempotency.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace sluice::gateway::testing {
namespace {

using action = idempotency_table::verdict::action;

const idempotency_table::digest one{1};
const idempotency_table::digest another{2};

/// One who asks, and what it was told.
struct claimant {
    void ask(idempotency_table& table, const idempotency_table::digest& request = one) {
        table.claim("name", request, [this](const auto& verdict) { told = verdict; });
    }
    bool is_told(action what, const std::string& id = {}) const {
        return told && told->what == what && told->stream_id == id;
    }
    std::optional<idempotency_table::verdict> told;
};

TEST(Idempotency, TheFirstBeginsAndTheNextOnesJoin) {
    idempotency_table table;
    claimant first;
    claimant second;
    first.ask(table);
    EXPECT_TRUE(first.is_told(action::begin));
    table.bind("name", "0-a");
    second.ask(table);
    EXPECT_TRUE(second.is_told(action::join, "0-a"));
}

TEST(Idempotency, WhoComesBeforeTheStreamIsThereWaitsForIt) {
    idempotency_table table;
    claimant askers[3];
    for (auto& one : askers)
        one.ask(table);
    EXPECT_FALSE(askers[1].told || askers[2].told);
    table.bind("name", "0-a");
    EXPECT_TRUE(askers[1].is_told(action::join, "0-a"));
    EXPECT_TRUE(askers[2].is_told(action::join, "0-a"));
}

TEST(Idempotency, AnotherRequestUnderTheSameNameIsAMismatchAtOnce) {
    idempotency_table table;
    claimant first;
    claimant other;
    first.ask(table);
    other.ask(table, another);
    EXPECT_TRUE(other.is_told(action::mismatch));
    table.bind("name", "0-a");
    other.ask(table, another);
    EXPECT_TRUE(other.is_told(action::mismatch));
}

TEST(Idempotency, TheNextInLineBeginsWhereTheFirstCameToNothing) {
    idempotency_table table;
    claimant askers[3];
    for (auto& one : askers)
        one.ask(table);
    table.release("name", "");
    EXPECT_TRUE(askers[1].is_told(action::begin));
    EXPECT_FALSE(askers[2].told);
    table.bind("name", "0-b");
    EXPECT_TRUE(askers[2].is_told(action::join, "0-b"));
}

TEST(Idempotency, AReleasedNameIsNewAgain) {
    idempotency_table table;
    claimant first;
    first.ask(table);
    table.bind("name", "0-a");
    table.release("name", "0-a");
    EXPECT_EQ(table.size(), 0U);
    claimant second;
    second.ask(table, another);
    EXPECT_TRUE(second.is_told(action::begin));
}

TEST(Idempotency, AStreamThatIsLongGoneReleasesNobodyElsesName) {
    idempotency_table table;
    claimant first;
    first.ask(table);
    table.bind("name", "0-a");
    table.release("name", "0-a");
    claimant second;
    second.ask(table);
    table.release("name", "0-a");  // not bound yet
    table.bind("name", "0-b");
    table.release("name", "0-a");
    claimant third;
    third.ask(table);
    EXPECT_TRUE(third.is_told(action::join, "0-b"));
}

}  // namespace
}  // namespace sluice::gateway::testing
