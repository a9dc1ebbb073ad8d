#include "upstream/routing/pauses.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace sluice::tests {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using upstream::backoff;
using upstream::header_list;
using upstream::read_retry_after;
using upstream::retry_rules;
using upstream::time_without_allowance;

/// Sun, 06 Nov 1994 08:49:37 GMT, and a quarter of a second.
constexpr std::chrono::system_clock::time_point now{784111777s + 250ms};

TEST(Backoff, IsAnyTimeUpToABoundThatDoubles) {
    const retry_rules rules;
    EXPECT_EQ(backoff(rules, 0, 0), 0ms);
    EXPECT_EQ(backoff(rules, 0, 0.5), 50ms);
    EXPECT_EQ(backoff(rules, 1, 0.5), 100ms);
    EXPECT_EQ(backoff(rules, 2, 0.5), 200ms);
    EXPECT_EQ(backoff(rules, 2, 0.999), 399ms);
}

TEST(Backoff, NeverExceedsItsMost) {
    const retry_rules rules;
    EXPECT_EQ(backoff(rules, 4, 0.5), 500ms);
    EXPECT_EQ(backoff(rules, 1'000'000, 0.5), 500ms);
    EXPECT_EQ(backoff(rules, -1, 0.5), 50ms);
    EXPECT_EQ(backoff(rules, 10, 7.0), 1000ms);
    EXPECT_EQ(backoff(rules, 10, -7.0), 0ms);
}

TEST(RetryAfter, IsReadInSeconds) {
    EXPECT_EQ(read_retry_after("0", now), 0ms);
    EXPECT_EQ(read_retry_after("120", now), 120s);
    EXPECT_EQ(read_retry_after(" 7\t", now), 7s);
    EXPECT_EQ(read_retry_after("0.25", now), 250ms);
    EXPECT_EQ(read_retry_after("1.5004", now), 1500ms);
}

TEST(RetryAfter, IsReadAsADateInItsThreeForms) {
    EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), 59'750ms);
    EXPECT_EQ(read_retry_after("Sunday, 06-Nov-94 08:50:37 GMT", now), 59'750ms);
    EXPECT_EQ(read_retry_after("Sun Nov  6 08:50:37 1994", now), 59'750ms);
    EXPECT_EQ(read_retry_after("Wednesday, 09-Nov-94 08:49:38 GMT", now), 24h);
    EXPECT_EQ(read_retry_after("Mon Nov  7 00:00:00 1994", now), 54'622'750ms);
    EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:49:60 GMT", now), 22'750ms) << "a leap second";
}

TEST(RetryAfter, FindsTheCenturyOfAYearOfTwoDigits) {
    const auto later = now + std::chrono::days(365 * 31 + 8);  // 6 Nov 2025
    EXPECT_EQ(read_retry_after("Thursday, 06-Nov-25 08:49:47 GMT", later), 9'750ms);
    EXPECT_EQ(read_retry_after("Sunday, 06-Nov-94 08:49:47 GMT", later), 0ms);
}

TEST(RetryAfter, IsNoneWhereItIsNeither) {
    for (const char* text :
         {"",
          " ",
          "soon",
          "-1",
          "+1",
          "1e3",
          "0x10",
          "1.",
          ".5",
          "1.2.3",
          "1 2",
          "1s",
          "nan",
          "inf",
          "Sun",
          "Sun,",
          "Sun, 06 Nov 1994 08:49:37",
          "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 06 Nov 1994 08:49:37 GMT+1",
          "Sun, 6 Nov 1994 08:49:37 GMT",
          "Sun, 31 Feb 1994 08:49:37 GMT",
          "Sun, 00 Nov 1994 08:49:37 GMT",
          "Sun, 06 Nov 1994 24:00:00 GMT",
          "Sun, 06 Nov 1994 08:60:00 GMT",
          "Sun, 06 Nov 1994 08:49:61 GMT",
          "Sun, 06 Now 1994 08:49:37 GMT",
          "Son, 06 Nov 1994 08:49:37 GMT",
          "Sunsday, 06-Nov-94 08:49:37 GMT",
          "Sunday, 06-Nov-1994 08:49:37 GMT",
          "Sunday, 06 Nov 94 08:49:37 GMT",
          "Sun Nov 6 08:49:37 1994",
          "Sun Nov  6 08:49:37 94",
          "1994-11-06T08:49:37Z"}) {
        EXPECT_EQ(read_retry_after(text, now), std::nullopt) << text;
    }
    EXPECT_EQ(read_retry_after(std::string_view("1\0", 2), now), std::nullopt);
}

TEST(RetryAfter, IsNothingToWaitForWhereItIsPast) {
    EXPECT_EQ(read_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), 0ms);
    EXPECT_EQ(read_retry_after("Mon, 01 Jan 0001 00:00:00 GMT", now), 0ms);
}

TEST(RetryAfter, IsADayAtMost) {
    EXPECT_EQ(read_retry_after("86401", now), 24h);
    EXPECT_EQ(read_retry_after("99999999999999999999999999", now), 24h);
    EXPECT_EQ(read_retry_after(std::string(5000, '9'), now), 24h);
    EXPECT_EQ(read_retry_after("0." + std::string(5000, '9'), now), 1s);
    EXPECT_EQ(read_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now), 24h);
}

TEST(RetryAfter, StandsAnyText) {
    std::mt19937 random(7);
    const std::string letters = "0123456789 .,:-GMTSunNovday\t\0";
    const std::string dates = "Sun, 06 Nov 1994 08:50:37 GMT";
    for (int i = 0; i < 20'000; ++i) {
        std::string text = random() % 2 == 0 ? dates : "";
        for (auto more = random() % 4; more > 0; --more)
            text.insert(random() % (text.size() + 1), 1, letters[random() % letters.size()]);
        text.resize(random() % (text.size() + 1));
        const auto read = read_retry_after(text, now);
        if (!read) continue;
        ASSERT_GE(*read, 0ms) << text;
        ASSERT_LE(*read, 24h) << text;
    }
}

header_list openai(std::string remaining, std::string reset, std::string what = "requests") {
    return {
        {"content-type", "text/event-stream"},
        {"x-ratelimit-limit-" + what, "5000"},
        {"x-ratelimit-remaining-" + what, std::move(remaining)},
        {"x-ratelimit-reset-" + what, std::move(reset)}};
}

header_list anthropic(std::string what, std::string remaining, std::string reset) {
    const auto begin = "anthropic-ratelimit-" + what;
    return {
        {begin + "-limit", "5000"},
        {begin + "-remaining", std::move(remaining)},
        {begin + "-reset", std::move(reset)}};
}

TEST(Allowance, IsThereWhereNothingIsSaid) {
    EXPECT_EQ(time_without_allowance({}, now), 0ms);
    EXPECT_EQ(time_without_allowance({{"content-type", "text/html"}}, now), 0ms);
    EXPECT_EQ(time_without_allowance({{"x-ratelimit-remaining-requests", "0"}}, now), 0ms);
    EXPECT_EQ(time_without_allowance({{"x-ratelimit-reset-requests", "1m0s"}}, now), 0ms);
}

TEST(Allowance, IsSpentUntilTheResetOfOpenAi) {
    EXPECT_EQ(time_without_allowance(openai("0", "6m0s"), now), 6min);
    EXPECT_EQ(time_without_allowance(openai("0", "1s"), now), 1s);
    EXPECT_EQ(time_without_allowance(openai("0", "20ms"), now), 20ms);
    EXPECT_EQ(time_without_allowance(openai("0", "2m59.56s"), now), 179'560ms);
    EXPECT_EQ(time_without_allowance(openai("0", "0h0m1s500ms"), now), 1500ms);
    EXPECT_EQ(time_without_allowance(openai("0", "900µs"), now), 1ms);
    EXPECT_EQ(time_without_allowance(openai("0", "12.5"), now), 12'500ms);
    EXPECT_EQ(time_without_allowance(openai("0", "1s", "tokens"), now), 1s);
}

TEST(Allowance, IsSpentUntilTheResetOfAnthropic) {
    for (const char* what : {"requests", "tokens", "input-tokens", "output-tokens"}) {
        SCOPED_TRACE(what);
        const auto reset = "1994-11-06T08:50:00Z";
        EXPECT_EQ(time_without_allowance(anthropic(what, "0", reset), now), 22'750ms);
        EXPECT_EQ(time_without_allowance(anthropic(what, "5000", reset), now), 0ms);
    }
    const auto zoned = anthropic("tokens", "0", "1994-11-06T10:50:00.25+02:00");
    EXPECT_EQ(time_without_allowance(zoned, now), 22'750ms);
}

TEST(Allowance, IsReadFromUnixTimeToo) {
    EXPECT_EQ(time_without_allowance(openai("0", "1700000030"), now), 10min);
    const std::chrono::system_clock::time_point later{1'700'000'000s};
    EXPECT_EQ(time_without_allowance(openai("0", "1700000030"), later), 30s);
    EXPECT_EQ(time_without_allowance(openai("0", "1699999999"), later), 0ms);
}

TEST(Allowance, IsThereWhileARequestIsLeft) {
    EXPECT_EQ(time_without_allowance(openai("1", "6m0s"), now), 0ms);
}

TEST(Allowance, IsSpentWithLessThanAHundredthOfTheTokens) {
    EXPECT_EQ(time_without_allowance(openai("50", "6s", "tokens"), now), 0ms);
    EXPECT_EQ(time_without_allowance(openai("49", "6s", "tokens"), now), 6s);
    EXPECT_EQ(time_without_allowance(openai("49", "6s", "requests"), now), 0ms);
}

TEST(Allowance, HasNoLimitWhereTheLimitIsZero) {
    const header_list headers{
        {"x-ratelimit-limit-tokens", "0"},
        {"x-ratelimit-remaining-tokens", "0"},
        {"x-ratelimit-reset-tokens", "60s"}};
    EXPECT_EQ(time_without_allowance(headers, now), 0ms);
}

TEST(Allowance, LastsUntilTheLongestOfSeveral) {
    auto headers = openai("0", "2s");
    for (const auto& one : openai("0", "7s", "tokens"))
        headers.push_back(one);
    for (const auto& one : anthropic("requests", "0", "1994-11-06T08:49:40Z"))
        headers.push_back(one);
    EXPECT_EQ(time_without_allowance(headers, now), 7s);
}

TEST(Allowance, IsBoundedToTenMinutes) {
    EXPECT_EQ(time_without_allowance(openai("0", "1d2h"), now), 10min);
    EXPECT_EQ(time_without_allowance(openai("0", std::string(4000, '9') + "h"), now), 10min);
    EXPECT_EQ(time_without_allowance(openai("0", std::string(4000, '9')), now), 10min);
    EXPECT_EQ(time_without_allowance(anthropic("tokens", "0", "9999-12-31T23:59:59Z"), now), 10min);
    EXPECT_EQ(time_without_allowance(anthropic("tokens", "0", "0001-01-01T00:00:00Z"), now), 0ms);
}

TEST(Allowance, IsThereWhereTheHeadersMakeNoSense) {
    for (const char* reset :
         {"", "soon", "-5s", "5m-3s", "s", "5x", "5 s", "1994-11-06", "1994-13-06T08:50:00Z"}) {
        EXPECT_EQ(time_without_allowance(openai("0", reset), now), 0ms) << reset;
    }
    for (const char* remaining : {"", "-1", "none", "0x0", "0 0", "null"})
        EXPECT_EQ(time_without_allowance(openai(remaining, "60s"), now), 0ms) << remaining;
    auto headers = openai("49", "6s", "tokens");
    headers[1].second = "many";
    EXPECT_EQ(time_without_allowance(headers, now), 0ms);
}

TEST(Allowance, StandsAnyText) {
    std::mt19937 random(11);
    const std::string letters = "0123456789.hmsdnuZT:-+ \xc2\xb5";
    for (int i = 0; i < 20'000; ++i) {
        std::string reset = random() % 3 == 0 ? "1994-11-06T08:50:00Z" : "";
        for (auto more = random() % 12; more > 0; --more)
            reset.insert(random() % (reset.size() + 1), 1, letters[random() % letters.size()]);
        for (const auto& headers : {openai("0", reset), anthropic("tokens", "0", reset)}) {
            const auto rest = time_without_allowance(headers, now);
            ASSERT_GE(rest, 0ms) << reset;
            ASSERT_LE(rest, 10min) << reset;
        }
    }
}

}  // namespace
}  // namespace sluice::tests
