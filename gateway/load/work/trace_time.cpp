#include "gateway/load/work/trace_time.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>

namespace sluice::gateway::load {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes fixed pieces off the front of a date; once one does not fit, `failed()` for good.
class date_scanner {
 public:
    explicit date_scanner(std::string_view text) : text_(text) {}

    bool failed() const { return failed_; }
    bool at_end() const { return text_.empty(); }

    bool take(char wanted) {
        const bool fits = text_.starts_with(wanted);
        if (fits) text_.remove_prefix(1);
        return fits;
    }
    void need(char wanted) { failed_ = !take(wanted) || failed_; }

    /// A number of exactly so many digits, from `least` to `most`.
    int number(std::size_t digits, int least, int most) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (text_.empty() || !is_digit(text_.front())) return fail();
            value = value * 10 + (text_.front() - '0');
            text_.remove_prefix(1);
        }
        return value >= least && value <= most ? value : fail();
    }

    /// Digits behind a point, as nanoseconds; finer ones are dropped.
    int fraction() {
        int nanoseconds = 0;
        int unit = 100'000'000;
        if (text_.empty() || !is_digit(text_.front())) return fail();
        for (; !text_.empty() && is_digit(text_.front()); unit /= 10) {
            nanoseconds += (text_.front() - '0') * unit;
            text_.remove_prefix(1);
        }
        return nanoseconds;
    }

 private:
    int fail() {
        failed_ = true;
        return 0;
    }

    std::string_view text_;
    bool failed_ = false;
};

std::chrono::seconds zone(date_scanner& scan) {
    if (scan.take('Z') || scan.at_end()) return {};
    const bool west = scan.take('-');
    if (!west) scan.need('+');
    const std::chrono::hours hours(scan.number(2, 0, 23));
    scan.take(':');
    const std::chrono::minutes minutes(scan.at_end() ? 0 : scan.number(2, 0, 59));
    return west ? -(hours + minutes) : hours + minutes;
}

}  // namespace

std::optional<std::int64_t> parse_date_time(std::string_view text) {
    date_scanner scan(text);
    const std::chrono::year year(scan.number(4, 1970, 2090));
    scan.need('-');
    const std::chrono::month month(static_cast<unsigned>(scan.number(2, 1, 12)));
    scan.need('-');
    const std::chrono::day day(static_cast<unsigned>(scan.number(2, 1, 31)));
    if (!scan.take('T')) scan.need(' ');
    const std::chrono::hours hours(scan.number(2, 0, 23));
    scan.need(':');
    const std::chrono::minutes minutes(scan.number(2, 0, 59));
    scan.need(':');
    const std::chrono::seconds seconds(scan.number(2, 0, 60));
    const std::chrono::nanoseconds fraction(scan.take('.') ? scan.fraction() : 0);
    const auto offset = zone(scan);
    const std::chrono::year_month_day date(year, month, day);
    if (scan.failed() || !scan.at_end() || !date.ok()) return {};
    const std::chrono::nanoseconds days = std::chrono::sys_days(date).time_since_epoch();
    return (days + hours + minutes + seconds + fraction - offset).count();
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
    double seconds = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, seconds, std::chars_format::fixed);
    if (read.ec != std::errc{} || read.ptr != end) return {};
    return nanoseconds_of(seconds);
}

std::optional<std::int64_t> nanoseconds_of(double seconds) {
    if (!(seconds >= 0 && seconds <= trace_time_s_max)) return {};
    return std::llround(seconds * 1e9);
}

}  // namespace sluice::gateway::load
