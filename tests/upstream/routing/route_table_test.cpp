#include "upstream/routing/route_table.hpp"

#include <gtest/gtest.h>

namespace sluice::upstream::testing {
namespace {

std::string found(const route_table& table, std::string_view model) {
    const auto match = table.find(model);
    return match ? std::to_string(match->index) + " " + match->model : "nothing";
}

TEST(RouteTable, PrefersANameThatIsWrittenInFull) {
    const route_table table{{{"*", "all"}, {"gpt-*", "some"}, {"gpt-4", "one"}}};
    EXPECT_EQ(found(table, "gpt-4"), "2 one");
    EXPECT_EQ(found(table, "gpt-4o"), "1 some");
    EXPECT_EQ(found(table, "claude"), "0 all");
}

TEST(RouteTable, PrefersTheLongestPrefixInWhateverOrder) {
    EXPECT_EQ(found(route_table{{{"a*", "1"}, {"ab*", "2"}, {"abc*", "3"}}}, "abcd"), "2 3");
    EXPECT_EQ(found(route_table{{{"abc*", "3"}, {"ab*", "2"}, {"a*", "1"}}}, "abcd"), "0 3");
}

TEST(RouteTable, FillsTheTargetsStarWithWhatItsOwnMatched) {
    const route_table table{{{"local/*", "*"}, {"x-*", "pre/*:latest"}, {"y-*", "fixed"}}};
    EXPECT_EQ(found(table, "local/llama3:8b"), "0 llama3:8b");
    EXPECT_EQ(found(table, "local/a/b"), "0 a/b");
    EXPECT_EQ(found(table, "x-y"), "1 pre/y:latest");
    EXPECT_EQ(found(table, "y-anything"), "2 fixed");
    EXPECT_EQ(found(table, "local/*"), "0 *");  // a star from a client is a character
}

TEST(RouteTable, AStarStandsForSomething) {
    const route_table table{{{"local/*", "*"}}};
    EXPECT_EQ(found(table, "local/"), "nothing");
    EXPECT_EQ(found(table, "local"), "nothing");
    EXPECT_EQ(found(table, ""), "nothing");
    EXPECT_EQ(found(route_table{{}}, "a"), "nothing");
}

}  // namespace
}  // namespace sluice::upstream::testing
