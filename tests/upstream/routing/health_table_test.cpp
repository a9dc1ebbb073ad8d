#include "upstream/routing/health_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using upstream::breaker_rules;
using upstream::health_table;
using upstream::target_health;
using state = upstream::breaker::state;

/// Opens after two failures in a row.
breaker_rules rules() {
    breaker_rules chosen;
    chosen.failures = 2;
    return chosen;
}

upstream::ending failed() {
    upstream::failure why;
    why.remedy = upstream::remedy::again;
    return {why.outcome, why};
}

constexpr target_health::time_point start{1000s};
constexpr target_health::wall_time wall{784111777s};

std::string model(std::size_t number) {
    return "model-" + std::to_string(number);
}

/// A table that is full; tells what it holds.
std::vector<std::shared_ptr<target_health>> fill(health_table& table) {
    std::vector<std::shared_ptr<target_health>> all;
    for (std::size_t i = 0; i < health_table::models_max; ++i)
        all.push_back(table.find("p", model(i), rules(), start));
    return all;
}

void fail_twice(const std::shared_ptr<target_health>& health) {
    for (int i = 0; i < 2; ++i)
        target_health::begin(health, start, true)->end(failed(), start, wall);
}

bool knows(const health_table& table, const std::string& model) {
    const auto all = table.all();
    return std::ranges::find(all, model, &health_table::entry::model) != all.end();
}

TEST(HealthTable, KeepsProvidersAndModelsApart) {
    health_table table;
    const auto one = table.find("p", "m", rules());
    EXPECT_EQ(table.find("p", "m", rules()), one);
    EXPECT_NE(table.find("p", "n", rules()), one);
    EXPECT_NE(table.find("q", "m", rules()), one);
    EXPECT_NE(table.find("pm", "", rules()), table.find("", "pm", rules()));
}

TEST(HealthTable, ListsWhatItKnowsByName) {
    health_table table;
    table.find("q", "a", rules());
    table.find("p", "z", rules());
    const auto kept = table.find("p", "b", rules());
    const auto all = table.all();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].provider + "/" + all[0].model, "p/b");
    EXPECT_EQ(all[0].health, kept);
    EXPECT_EQ(all[1].provider + "/" + all[1].model, "p/z");
    EXPECT_EQ(all[2].provider + "/" + all[2].model, "q/a");
}

TEST(HealthTable, GoesByTheLatestRules) {
    health_table table;
    const auto one = table.find("p", "m", rules());
    auto lenient = rules();
    lenient.failures = 3;
    table.find("p", "m", lenient);
    fail_twice(one);
    EXPECT_EQ(one->look(start).state, state::closed);
    table.find("p", "m", rules());
    target_health::begin(one, start, false)->end(failed(), start, wall);
    EXPECT_EQ(one->look(start).state, state::open);
}

TEST(HealthTable, StaysBounded) {
    health_table table;
    for (std::size_t i = 0; i < 3 * health_table::models_max; ++i)
        table.find("p", model(i), rules(), start);
    EXPECT_LE(table.all().size(), health_table::models_max);
    EXPECT_TRUE(knows(table, model(3 * health_table::models_max - 1)));
    EXPECT_FALSE(knows(table, model(0)));
}

TEST(HealthTable, MakesRoomByWhatWasNotAskedForTheLongest) {
    health_table table;
    fill(table);
    table.find("p", model(0), rules(), start);
    table.find("p", "new", rules(), start);
    EXPECT_TRUE(knows(table, "new"));
    EXPECT_TRUE(knows(table, model(0)));
    EXPECT_FALSE(knows(table, model(1)));
    EXPECT_TRUE(knows(table, model(health_table::models_max - 1)));
}

TEST(HealthTable, KeepsWhatSomebodyHolds) {
    health_table table;
    auto all = fill(table);
    const auto held = all[7];
    const auto under_way = target_health::begin(all[8], start, false);
    all.clear();
    for (std::size_t i = 0; i < 2 * health_table::models_max; ++i)
        table.find("q", model(i), rules(), start);
    EXPECT_EQ(table.find("p", model(7), rules(), start), held);
    EXPECT_EQ(table.find("p", model(8), rules(), start)->look(start).outstanding, 1);
}

TEST(HealthTable, KeepsThoseThatAreLeftAloneLongerThanThoseThatAreWell) {
    health_table table;
    fail_twice(table.find("p", "ill", rules(), start));
    for (std::size_t i = 0; i < 2 * health_table::models_max; ++i)
        table.find("p", model(i), rules(), start);
    EXPECT_EQ(table.find("p", "ill", rules(), start)->look(start).state, state::open);
}

TEST(HealthTable, MakesRoomAmongThoseThatAreLeftAloneWhereAllAre) {
    health_table table;
    for (const auto& one : fill(table))
        fail_twice(one);
    table.find("p", "new", rules(), start);
    EXPECT_TRUE(knows(table, "new"));
    EXPECT_FALSE(knows(table, model(0)));
}

TEST(HealthTable, CountsHowOftenThoseOpenedThatMadeRoom) {
    using names = std::map<health_table::target_name, std::int64_t>;
    health_table table;
    for (std::size_t i = 0; i < health_table::models_max; ++i)
        fail_twice(table.find("p", model(i), rules(), start, i % 2 == 0 ? "*" : "model-*"));
    const std::int64_t half = health_table::models_max / 2;
    const names all{{{"p", "*"}, half}, {{"p", "model-*"}, half}};
    EXPECT_EQ(table.opened(), all);
    for (std::size_t i = 0; i < health_table::models_max; ++i)
        table.find("q", model(i), rules(), start);
    ASSERT_FALSE(knows(table, model(0)) && knows(table, model(1)));
    auto now = table.opened();
    std::erase_if(now, [](const auto& one) { return one.first.first == "q"; });
    EXPECT_EQ(now, all);
}

TEST(HealthTable, KeepsNoMoreWhereEveryPlaceIsInUse) {
    health_table table;
    const auto all = fill(table);
    const auto extra = table.find("p", "new", rules(), start);
    ASSERT_NE(extra, nullptr);
    EXPECT_NE(target_health::begin(extra, start, false), nullptr);
    EXPECT_FALSE(knows(table, "new"));
    EXPECT_NE(table.find("p", "new", rules(), start), extra);
    EXPECT_EQ(table.all().size(), health_table::models_max);
}

TEST(HealthTable, KeepsNoEndlessNames) {
    health_table table;
    const std::string longest(health_table::name_bytes_max, 'x');
    EXPECT_NE(table.find("p", longest + "x", rules()), nullptr);
    EXPECT_TRUE(table.all().empty());
    table.find("p", longest, rules());
    EXPECT_EQ(table.all().size(), 1U);
}

TEST(HealthTable, IsSharedByThreads) {
    health_table table;
    std::vector<std::thread> workers;
    std::atomic<int> made = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        workers.emplace_back([&table, &made, i] {
            for (std::size_t j = 0; j < 3000; ++j) {
                const auto health = table.find("p", model(i * j), rules(), start);
                if (target_health::begin(health, start, true)) ++made;
                if (j % 1000 == 0) table.all();
            }
        });
    }
    for (auto& one : workers)
        one.join();
    EXPECT_EQ(made, 12'000);
    EXPECT_LE(table.all().size(), health_table::models_max);
}

}  // namespace
}  // namespace sluice::tests
