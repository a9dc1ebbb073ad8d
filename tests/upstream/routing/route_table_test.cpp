#include "upstream/routing/route_table.hpp"

#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

/// The route's place, and what its star matched.
std::string found(const route_table& table, std::string_view model) {
    const auto match = table.find(model);
    if (!match) return "nothing";
    return std::to_string(match->index) + " " + std::string{match->rest};
}

TEST(RouteTable, PrefersANameThatIsWrittenInFull) {
    const route_table table{{"*", "gpt-*", "gpt-4"}};
    EXPECT_EQ(found(table, "gpt-4"), "2 ");
    EXPECT_EQ(found(table, "gpt-4o"), "1 4o");
    EXPECT_EQ(found(table, "claude"), "0 claude");
}

TEST(RouteTable, PrefersTheLongestPrefixInWhateverOrder) {
    EXPECT_EQ(found(route_table{{"a*", "ab*", "abc*"}}, "abcd"), "2 d");
    EXPECT_EQ(found(route_table{{"abc*", "ab*", "a*"}}, "abcd"), "0 d");
}

TEST(RouteTable, TellsWhatItsStarMatched) {
    const route_table table{{"local/*", "x-*"}};
    EXPECT_EQ(found(table, "local/llama3:8b"), "0 llama3:8b");
    EXPECT_EQ(found(table, "local/a/b"), "0 a/b");
    EXPECT_EQ(found(table, "x-y"), "1 y");
    EXPECT_EQ(found(table, "local/*"), "0 *");  // a star from a client is a character
}

TEST(RouteTable, FillsTheTargetsStarWithIt) {
    EXPECT_EQ(fill_wildcard("*", "llama3:8b"), "llama3:8b");
    EXPECT_EQ(fill_wildcard("pre/*:latest", "y"), "pre/y:latest");
    EXPECT_EQ(fill_wildcard("fixed", "anything"), "fixed");
    EXPECT_EQ(fill_wildcard("*", "*"), "*");
}

TEST(RouteTable, AStarStandsForSomething) {
    const route_table table{{"local/*"}};
    EXPECT_EQ(found(table, "local/"), "nothing");
    EXPECT_EQ(found(table, "local"), "nothing");
    EXPECT_EQ(found(table, ""), "nothing");
    EXPECT_EQ(found(route_table{{}}, "a"), "nothing");
}

}  // namespace
}  // namespace sluice::upstream::testing
