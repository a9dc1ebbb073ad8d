#include "gateway/admission/prices.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::gateway::testing {
namespace {

std::int64_t input_price(const token_price* price) {
    return price ? price->input : -1;
}

TEST(Prices, AreThoseOfTheEntryThatNamesMostOfTheTarget) {
    const std::vector<price_entry> prices{
        {"", "gpt-*", {1, 1, {}, {}}},
        {"", "gpt-4o*", {2, 2, {}, {}}},
        {"", "gpt-4o", {3, 3, {}, {}}},
        {"openai", "gpt-4o", {4, 4, {}, {}}},
        {"openai", "gpt-*", {5, 5, {}, {}}},
    };
    EXPECT_EQ(input_price(find_price(prices, "groq", "gpt-3")), 1);
    EXPECT_EQ(input_price(find_price(prices, "openai", "gpt-3")), 5);
    EXPECT_EQ(input_price(find_price(prices, "groq", "gpt-4o-mini")), 2);
    EXPECT_EQ(input_price(find_price(prices, "openai", "gpt-4o-mini")), 2);
    EXPECT_EQ(input_price(find_price(prices, "groq", "gpt-4o")), 3);
    EXPECT_EQ(input_price(find_price(prices, "openai", "gpt-4o")), 4);
    EXPECT_EQ(input_price(find_price(prices, "openai", "claude")), -1);
    EXPECT_EQ(input_price(find_price(prices, "openai/gpt-4o")), 4);
    EXPECT_EQ(input_price(find_price(prices, "openai/")), -1);
    EXPECT_EQ(input_price(find_price(prices, "")), -1);
}

TEST(Prices, CountEachKindOfTokenOnce) {
    token_price price{1000, 5000, 100, 1250};
    upstream::usage usage;
    EXPECT_EQ(cost_of(price, usage), 0);
    usage.input_tokens = 100;
    usage.output_tokens = 10;
    EXPECT_EQ(cost_of(price, usage), 150'000);
    usage.cached_tokens = 60;
    usage.cache_write_tokens = 30;
    EXPECT_EQ(cost_of(price, usage), 10 * 1000 + 60 * 100 + 30 * 1250 + 50'000);
    price.cached_input.reset();
    price.cache_write.reset();
    EXPECT_EQ(cost_of(price, usage), 150'000);
}

TEST(Prices, StandProvidersThatCountNonsense) {
    const token_price price{1'000'000'000, 1'000'000'000, 1, 1};
    upstream::usage usage;
    usage.input_tokens = 10;
    usage.cached_tokens = 11;
    usage.cache_write_tokens = -5;
    usage.output_tokens = -1;
    EXPECT_EQ(cost_of(price, usage), 10);
    usage.input_tokens = usage.output_tokens = INT64_MAX;
    usage.cached_tokens = 0;
    EXPECT_EQ(cost_of(price, usage), 2'000'000'000'000'000'000);
}

}  // namespace
}  // namespace sluice::gateway::testing
