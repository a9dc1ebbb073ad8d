#include "upstream/routing/http_date.hpp"

#include "upstream/routing/text_scanner.hpp"

#include <array>

namespace sluice::upstream {

namespace {

using std::chrono::sys_seconds;

constexpr std::array<std::string_view, 12> months{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> weekdays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> weekday_ends{
    "day", "sday", "nesday", "rsday", "day", "urday", "day"};

struct date {
    int year = 0;
    std::size_t month = 0;  ///< from 0
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
};

void read_time(text_scanner& text, date& out) {
    out.hour = text.number(2);
    text.expect(":");
    out.minute = text.number(2);
    text.expect(":");
    out.second = text.number(2);
}

/// " Nov  6 08:49:37 1994"
date read_asctime(text_scanner& text) {
    date read;
    text.expect(" ");
    read.month = text.one_of(months);
    text.expect(" ");
    read.day = text.number(text.skip(" ") ? 1 : 2);
    text.expect(" ");
    read_time(text, read);
    text.expect(" ");
    read.year = text.number(4);
    return read;
}

/// "06 Nov 1994 08:49:37 GMT", or with dashes and a year of two digits.
date read_day_first(text_scanner& text, std::string_view between, std::size_t year_digits) {
    date read;
    read.day = text.number(2);
    text.expect(between);
    read.month = text.one_of(months);
    text.expect(between);
    read.year = text.number(year_digits);
    text.expect(" ");
    read_time(text, read);
    text.expect(" GMT");
    return read;
}

/// What seems to be more than 50 years ahead is past, says RFC 9110.
int with_century(int year, std::chrono::system_clock::time_point now) {
    using namespace std::chrono;
    const int this_year{year_month_day(floor<days>(now)).year()};
    year += this_year / 100 * 100;
    return year > this_year + 50 ? year - 100 : year;
}

std::optional<sys_seconds> moment_of(const date& read) {
    using namespace std::chrono;
    const year_month_day on{
        year(read.year),
        month(static_cast<unsigned>(read.month) + 1),
        day(static_cast<unsigned>(read.day))};
    // Second 60 is a leap second, which the clock counts as the next one.
    if (!on.ok() || read.hour > 23 || read.minute > 59 || read.second > 60) return std::nullopt;
    return sys_days(on) + hours(read.hour) + minutes(read.minute) + seconds(read.second);
}

}  // namespace

std::optional<sys_seconds> read_http_date(
    std::string_view from, std::chrono::system_clock::time_point now
) {
    text_scanner text(from);
    const auto weekday = text.one_of(weekdays);
    date read;
    if (text.skip(", ")) {
        read = read_day_first(text, " ", 4);
    } else if (text.skip(weekday_ends[weekday])) {
        text.expect(", ");
        read = read_day_first(text, "-", 2);
        read.year = with_century(read.year, now);
    } else {
        read = read_asctime(text);
    }
    if (!text.done()) return std::nullopt;
    return moment_of(read);
}

}  // namespace sluice::upstream
