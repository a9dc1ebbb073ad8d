#include "gateway/admission/grant.hpp"

#include "tests/gateway/admission/some_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using kind = demand::kind;

/// Counts what is held of each bound, and answers at once or when it is told to.
class counting_store final : public store {
 public:
    void claim(const std::string&, const idempotency_table::digest&, idempotency_table::listener)
        override {}
    void bind(const std::string&, const std::string&) override {}
    void release(const std::string&, const std::string&) override {}
    void set_latest(const std::string&, const std::string&) override {}
    void find_latest(const std::string&, std::function<void(std::string)>) override {}
    void forget_latest(const std::string&, const std::string&) override {}

    void take(const std::vector<demand>& demands, std::function<void(const limit_verdict&)> decided)
        override {
        ++asked;
        auto answer = [this, demands, decided = std::move(decided)] { decided(judge(demands)); };
        if (late)
            waiting.push_back(std::move(answer));
        else
            answer();
    }
    void give_back(const std::vector<demand>& demands) override {
        for (const auto& one : demands)
            held[{one.account, one.of}] -= one.amount;
        if (!demands.empty()) given_back_of = demands.front().taken;
    }

    void look(const std::vector<demand>&, std::function<void(std::vector<standing>)>) override {}

    std::int64_t of(const std::string& account, kind what) { return held[{account, what}]; }

    std::map<std::pair<std::string, kind>, std::int64_t> held;
    std::vector<std::function<void()>> waiting;
    int asked = 0;
    bool late = false;
    bool running = false;  ///< what was asked for last was more of what runs
    std::chrono::system_clock::time_point given_back_of{};  ///< when the last of it was taken

 private:
    limit_verdict judge(const std::vector<demand>& demands) {
        limit_verdict verdict;
        for (std::size_t i = 0; i < demands.size(); ++i) {
            const auto left = demands[i].limit - held[{demands[i].account, demands[i].of}];
            running = demands[i].running;
            if (!verdict.refused && demands[i].amount > left) verdict.refused = i;
            verdict.standings.push_back({std::max<std::int64_t>(left, 0), {}});
        }
        if (verdict.refused) return verdict;
        for (const auto& one : demands)
            held[{one.account, one.of}] += one.amount;
        return verdict;
    }
};

class book final : public ledger {
 public:
    void add(ledger_record record) override { records.push_back(std::move(record)); }
    void close() override {}
    std::uint64_t lost() const override { return 0; }
    std::vector<spent_cost> spent(std::chrono::system_clock::time_point) const override {
        return {};
    }
    std::vector<ledger_record> records;
};

struct grants : ::testing::Test {
    grants() {
        settings = std::make_shared<configuration>(default_configuration());
        settings->keys = {some_key("a", "secret")};
        settings->prices = {{"openai", "gpt", {1000, 2000, {}, {}}}};
    }

    applicant who(std::int64_t input, std::optional<std::int64_t> output = {}) const {
        applicant made;
        made.settings = settings;
        made.key = settings->keys.data();
        made.route = settings->models.data();
        made.price = settings->prices[0].price;
        made.input_tokens = input;
        made.output_tokens_max = output;
        return made;
    }
    std::unique_ptr<grant> granted(std::int64_t input, std::optional<std::int64_t> output = {}) {
        auto made = std::make_unique<grant>(books, &lines, who(input, output));
        refused.reset();
        made->take([this](std::optional<upstream::failure> reason) { refused = reason; });
        return made;
    }
    usage_limits& key_limits() { return settings->keys[0].limits; }

    static generation_facts facts(std::int64_t input, std::int64_t output) {
        generation_facts made;
        made.usage.input_tokens = input;
        made.usage.output_tokens = output;
        made.charged = true;
        made.target = "openai/gpt";
        made.attempts = 1;
        return made;
    }

    std::shared_ptr<configuration> settings;
    counting_store books;
    book lines;
    std::optional<upstream::failure> refused;
};

TEST_F(grants, AskForNothingWhereNothingIsBounded) {
    const grant free{books, nullptr, who(10)};
    EXPECT_FALSE(free.is_bounded());
}

TEST_F(grants, ReserveThePromptAndAStepOfTheAnswer) {
    key_limits().tokens_per_minute = 10'000;
    const auto plain = granted(100);
    EXPECT_EQ(books.of("key a", kind::tokens), 356);
    const auto shorter = granted(100, 7);
    EXPECT_EQ(books.of("key a", kind::tokens), 356 + 107);
    const auto longer = granted(100, 9000);
    EXPECT_EQ(books.of("key a", kind::tokens), 356 + 107 + 356);
}

TEST_F(grants, AreOfTheKeyAndOfTheModelTogether) {
    key_limits().requests_per_minute = 5;
    settings->models[0].limits.concurrent_streams = 1;
    const auto first = granted(1);
    EXPECT_FALSE(refused);
    const auto second = granted(1);
    ASSERT_TRUE(refused);
    EXPECT_THAT(refused->message, HasSubstr("concurrent_streams of model mock"));
    EXPECT_EQ(books.of("key a", kind::requests), 1);
}

TEST_F(grants, ThatWereRefusedGiveNothingBack) {
    key_limits().concurrent_streams = 1;
    const auto first = granted(1);
    granted(1).reset();
    ASSERT_TRUE(refused);
    EXPECT_EQ(books.of("key a", kind::streams), 1);
}

TEST_F(grants, SayWhenItWasTakenWhatTheyGiveBack) {
    key_limits().cost_per_day = 1'000'000;
    const auto before = std::chrono::system_clock::now();
    const auto one = granted(100);
    const auto after = std::chrono::system_clock::now();
    one->settle(facts(90, 30));
    EXPECT_GE(books.given_back_of, before);
    EXPECT_LE(books.given_back_of, after);
}

TEST_F(grants, HoldNoMoneyForATargetWithoutAPrice) {
    key_limits().cost_per_day = 1'000'000;
    const auto one = granted(100);
    one->answered_by("local/llama");
    EXPECT_EQ(books.of("key a", kind::day_cost), 0);
    EXPECT_TRUE(one->covers(100, 100'000));
}

TEST_F(grants, GiveEverythingButTheRequestBackWhenTheyDie) {
    key_limits() = {5, 1000, 2, 1'000'000, 1'000'000};
    granted(100).reset();
    EXPECT_THAT(
        books.held,
        ElementsAre(
            Pair(Pair("key a", kind::requests), 1),
            Pair(Pair("key a", kind::tokens), 0),
            Pair(Pair("key a", kind::streams), 0),
            Pair(Pair("key a", kind::day_cost), 0),
            Pair(Pair("key a", kind::month_cost), 0)
        )
    );
}

TEST_F(grants, LeaveBehindWhatWasUsed) {
    key_limits() = {5, 1000, 2, 1'000'000, {}};
    auto one = granted(100);
    EXPECT_EQ(books.of("key a", kind::day_cost), 100 * 1000 + 256 * 2000);
    one->settle(facts(90, 30));
    EXPECT_EQ(books.of("key a", kind::tokens), 120);
    EXPECT_EQ(books.of("key a", kind::streams), 0);
    EXPECT_EQ(books.of("key a", kind::day_cost), 90 * 1000 + 30 * 2000);
    one.reset();
    EXPECT_EQ(books.of("key a", kind::tokens), 120);
}

TEST_F(grants, CountTheEstimateOfAPromptThatTheProviderDidNotCount) {
    key_limits().tokens_per_minute = 1000;
    auto how = facts(0, 30);
    how.usage.input_tokens.reset();
    granted(100)->settle(how);
    EXPECT_EQ(books.of("key a", kind::tokens), 130);
}

TEST_F(grants, CostNothingWhereTheProviderRefused) {
    key_limits() = {5, 1000, 2, 1'000'000, {}};
    auto how = facts(90, 0);
    how.charged = false;
    granted(100)->settle(how);
    EXPECT_EQ(books.of("key a", kind::tokens), 0);
    EXPECT_EQ(books.of("key a", kind::day_cost), 0);
    EXPECT_EQ(books.of("key a", kind::requests), 1);
}

TEST_F(grants, ReserveMoreAsTheAnswerGrows) {
    key_limits().tokens_per_minute = 10'000;
    const auto one = granted(100);
    EXPECT_TRUE(one->covers(100, 256));
    EXPECT_EQ(books.asked, 1);
    EXPECT_TRUE(one->covers(100, 257));
    EXPECT_EQ(books.asked, 2);
    EXPECT_EQ(books.of("key a", kind::tokens), 100 + 257 + 256);
    EXPECT_TRUE(one->covers(100, 500));
    EXPECT_EQ(books.asked, 2);
    one->settle(facts(100, 500));
    EXPECT_EQ(books.of("key a", kind::tokens), 600);
}

TEST_F(grants, UseABoundToItsLastToken) {
    key_limits().tokens_per_minute = 400;
    const auto one = granted(100);
    EXPECT_TRUE(one->covers(100, 290));
    EXPECT_TRUE(one->covers(100, 300));
    EXPECT_EQ(one->spent(), "");
    EXPECT_FALSE(one->covers(100, 301));
    EXPECT_EQ(one->spent(), "tokens_per_minute of key a");
    EXPECT_FALSE(one->covers(100, 301));
}

TEST_F(grants, EndAtTheBudgetThatIsSpentFirst) {
    key_limits() = {{}, 1'000'000, {}, 100 * 1000 + 300 * 2000, {}};
    const auto one = granted(100);
    EXPECT_TRUE(one->covers(100, 300));
    EXPECT_FALSE(one->covers(100, 301));
    EXPECT_EQ(one->spent(), "cost_per_day of key a");
}

TEST_F(grants, SayWhichBoundItWasThatTheAnswerJumpedOver) {
    key_limits().tokens_per_minute = 400;
    const auto one = granted(100);
    EXPECT_FALSE(one->covers(100, 450));
    EXPECT_EQ(one->spent(), "tokens_per_minute of key a");
    EXPECT_EQ(books.of("key a", kind::tokens), 400);
}

TEST_F(grants, TakeWhatABoundLeavesWhereItIsLessThanAStep) {
    key_limits().tokens_per_minute = 400;
    const auto first = granted(100);
    const auto second = granted(20);
    EXPECT_FALSE(refused);
    EXPECT_EQ(books.of("key a", kind::tokens), 400);
    EXPECT_TRUE(second->covers(20, 24));
    EXPECT_FALSE(second->covers(20, 25));
    const auto third = granted(1);
    ASSERT_TRUE(refused);
    EXPECT_THAT(refused->message, HasSubstr("tokens_per_minute of key a"));
}

TEST_F(grants, OfAPromptThatSeemsLargerThanTheBoundTakeAllOfIt) {
    key_limits().tokens_per_minute = 50;
    const auto one = granted(1000);
    EXPECT_FALSE(refused);
    EXPECT_EQ(books.of("key a", kind::tokens), 50);
    one->settle(facts(30, 5));
    EXPECT_EQ(books.of("key a", kind::tokens), 35);
}

TEST_F(grants, AskForMoreAsWhatRunsAlready) {
    key_limits().tokens_per_minute = 10'000;
    const auto one = granted(100);
    EXPECT_FALSE(books.running);
    EXPECT_TRUE(one->covers(100, 300));
    EXPECT_TRUE(books.running);
}

TEST_F(grants, GoOnAtThePriceOfTheTargetThatAnswers) {
    settings->prices.push_back({"cheap", "m", {1, 2, {}, {}}});
    key_limits().cost_per_day = 1'000'000;
    const auto one = granted(100);
    EXPECT_EQ(books.of("key a", kind::day_cost), 100 * 1000 + 256 * 2000);
    one->answered_by("cheap/m");
    EXPECT_EQ(books.of("key a", kind::day_cost), 100 * 1 + 256 * 2);
    EXPECT_TRUE(one->covers(100, 5000));
    auto how = facts(100, 5000);
    how.target = "cheap/m";
    one->settle(how);
    EXPECT_EQ(books.of("key a", kind::day_cost), 100 * 1 + 5000 * 2);
}

TEST_F(grants, OfACountOfTokensCostNone) {
    key_limits() = {5, 1000, 2, 1'000'000, {}};
    auto asked = who(100);
    asked.free_of_charge = true;
    grant one{books, &lines, std::move(asked)};
    one.take([this](std::optional<upstream::failure> reason) { refused = reason; });
    EXPECT_EQ(books.of("key a", kind::requests), 1);
    EXPECT_EQ(books.of("key a", kind::tokens), 0);
    one.settle(facts(100, 0));
    EXPECT_EQ(books.of("key a", kind::tokens), 0);
    EXPECT_EQ(lines.records.at(0).cost, 0);
}

TEST_F(grants, CountTheReservedStepOfADocumentThatNobodyWaitedFor) {
    key_limits().tokens_per_minute = 1000;
    auto how = facts(0, 0);
    how.usage = {};
    how.unseen = true;
    granted(100)->settle(how);
    EXPECT_EQ(books.of("key a", kind::tokens), 356);
}

TEST_F(grants, OfAStoreThatAnswersLaterGoOnUntilItHas) {
    key_limits().tokens_per_minute = 400;
    const auto one = granted(100);
    books.late = true;
    EXPECT_TRUE(one->covers(100, 290));
    EXPECT_TRUE(one->covers(100, 320));
    EXPECT_EQ(books.waiting.size(), 1U);
    books.late = false;
    std::exchange(books.waiting, {}).front()();
    EXPECT_FALSE(one->covers(100, 320));
}

TEST_F(grants, ThatDiedGiveBackWhatALateAnswerBrings) {
    key_limits().tokens_per_minute = 1000;
    auto one = granted(100);
    books.late = true;
    EXPECT_TRUE(one->covers(100, 290));
    one->settle(facts(100, 290));
    one.reset();
    std::exchange(books.waiting, {}).front()();
    EXPECT_EQ(books.of("key a", kind::tokens), 390);
}

TEST_F(grants, WriteOneLineIntoTheLedger) {
    auto asked = who(100);
    asked.record.model = "chat";
    asked.record.key = "a";
    {
        grant one{books, &lines, std::move(asked)};
        one.settle(facts(90, 30));
        one.settle(facts(1, 1));
    }
    ASSERT_EQ(lines.records.size(), 1U);
    const auto& line = lines.records[0];
    EXPECT_EQ(line.model, "chat");
    EXPECT_EQ(line.target, "openai/gpt");
    EXPECT_EQ(line.usage.output_tokens, 30);
    EXPECT_EQ(line.cost, 90 * 1000 + 30 * 2000);
}

TEST_F(grants, KnowNoCostOfATargetWithoutAPrice) {
    auto how = facts(90, 30);
    how.target = "local/llama";
    granted(100)->settle(how);
    ASSERT_EQ(lines.records.size(), 1U);
    EXPECT_EQ(lines.records[0].cost, std::nullopt);
}

}  // namespace
}  // namespace sluice::gateway::testing
