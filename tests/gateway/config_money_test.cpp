// The written forms of amounts and of moments.

#include "gateway/config/dates.hpp"
#include "gateway/config/money.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string_view>

namespace sluice::gateway {
namespace {

using namespace std::chrono_literals;

TEST(Decimal, IsCountedInItsLastPlace) {
    struct form {
        std::string_view text;
        std::size_t decimals;
        std::int64_t value;
    };
    for (const form& one :
         {form{"0", 9, 0},
          form{"50", 9, 50'000'000'000},
          form{"900.5", 9, 900'500'000'000},
          form{"0.000000001", 9, 1},
          form{"0.1", 9, 100'000'000},
          form{"1000000000", 9, 1'000'000'000'000'000'000},
          form{"123456789.987654321", 9, 123'456'789'987'654'321},
          form{"2.5", 3, 2500},
          form{"0.075", 3, 75},
          form{"7", 0, 7}}) {
        SCOPED_TRACE(one.text);
        EXPECT_EQ(parse_decimal(one.text, one.decimals), one.value);
        EXPECT_EQ(format_decimal(one.value, one.decimals), one.text);
    }
    EXPECT_EQ(parse_decimal("2.50", 3), 2500);
    EXPECT_EQ(parse_decimal("9.000", 3), 9000);
    EXPECT_EQ(parse_decimal("0.0", 3), 0);
}

TEST(Decimal, IsExactWhereADoubleIsNot) {
    const std::int64_t odd = 999'999'999'999'999'999;
    EXPECT_EQ(parse_decimal("999999999.999999999", 9), odd);
    EXPECT_EQ(format_decimal(odd, 9), "999999999.999999999");
    const std::int64_t most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(parse_decimal("9223372036.854775807", 9), most);
    EXPECT_EQ(format_decimal(most, 9), "9223372036.854775807");
}

TEST(Decimal, IsNothingElse) {
    for (const std::string_view text :
         {"",
          ".",
          ".5",
          "5.",
          "-1",
          "+1",
          "1e3",
          "1.5e3",
          "01",
          "1.2.3",
          "1,5",
          "1 ",
          " 1",
          "1_000",
          "0x10",
          "inf",
          "nan",
          "1.0000",
          "1.-5",
          "1.+5",
          "12.34a",
          "$1",
          "1%",
          "\xD9\xA1",
          "9223372036854775.808",
          "18446744073709551615",
          "18446744073709551616",
          "99999999999999999999999999"}) {
        EXPECT_EQ(parse_decimal(text, 3), std::nullopt) << text;
    }
    EXPECT_EQ(parse_decimal("1.0", 0), std::nullopt);
}

TEST(Instant, IsADayOrAMomentOfIt) {
    struct form {
        std::string_view text;
        std::int64_t seconds;
    };
    for (const form& one :
         {form{"1970-01-01", 0},
          form{"1970-01-01T00:00:01Z", 1},
          form{"2000-02-29", 951'782'400},
          form{"2027-01-31", 1'801'353'600},
          form{"2027-01-31T12:00:00Z", 1'801'396'800},
          form{"2028-02-29T23:59:59Z", 1'835'481'599},
          form{"2199-12-31T23:59:59Z", 7'258'118'399}}) {
        SCOPED_TRACE(one.text);
        const auto read = parse_instant(one.text);
        ASSERT_TRUE(read);
        EXPECT_EQ(read->time_since_epoch(), std::chrono::seconds(one.seconds));
        EXPECT_EQ(format_instant(*read), one.text);
    }
    EXPECT_EQ(format_instant(*parse_instant("2027-01-31T00:00:00Z")), "2027-01-31");
    EXPECT_EQ(format_instant(*parse_instant("2027-01-31") + 1500ms), "2027-01-31T00:00:01Z");
}

TEST(Instant, IsNothingElse) {
    for (const std::string_view text :
         {"",
          "2027",
          "2027-01",
          "2027-1-31",
          "2027-02-30",
          "2027-02-29",
          "2100-02-29",
          "2027-13-01",
          "2027-00-10",
          "2027-01-00",
          "2027-04-31",
          "1969-12-31",
          "2200-01-01",
          "9999-12-31",
          "27-01-31",
          "2027/01/31",
          "31.01.2027",
          "2027-01-31T",
          "2027-01-31T12:00Z",
          "2027-01-31T12:00:00",
          "2027-01-31T12:00:00+01:00",
          "2027-01-31T12:00:00z",
          "2027-01-31t12:00:00Z",
          "2027-01-31 12:00:00Z",
          "2027-01-31T24:00:00Z",
          "2027-01-31T12:60:00Z",
          "2027-01-31T23:59:60Z",
          "2027-01-31T12:00:00.5Z",
          "2027-01-31T1 :00:00Z",
          "+027-01-31",
          "-027-01-31",
          "2027-01-31 ",
          "never"}) {
        EXPECT_EQ(parse_instant(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace sluice::gateway
