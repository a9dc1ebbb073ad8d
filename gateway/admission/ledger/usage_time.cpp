#include "gateway/admission/ledger/usage_time.hpp"

#include <chrono>
#include <cstddef>

namespace sluice::gateway {

namespace {

/// Takes fields off the front of a text. After the first that is not there all others fail.
class time_reader {
 public:
    explicit time_reader(std::string_view text) : rest_(text) {}

    bool good() const { return good_; }
    bool at_end() const { return rest_.empty(); }

    bool take(char wanted) {
        if (!rest_.starts_with(wanted)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char wanted) { good_ = take(wanted) && good_; }

    /// A number of just so many digits.
    int number(std::size_t digits, int highest) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const int digit = take_digit();
            good_ = good_ && digit >= 0;
            value = value * 10 + digit;
        }
        good_ = good_ && value <= highest;
        return value;
    }

    /// The digits behind a point, one at least; what is finer is left out.
    int milliseconds() {
        int value = 0;
        int weight = 100;
        int digit = take_digit();
        good_ = good_ && digit >= 0;
        for (; digit >= 0; digit = take_digit()) {
            value += digit * weight;
            weight /= 10;
        }
        return value;
    }

 private:
    int take_digit() {
        if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') return -1;
        const int digit = rest_.front() - '0';
        rest_.remove_prefix(1);
        return digit;
    }

    std::string_view rest_;
    bool good_ = true;
};

std::optional<std::chrono::sys_days> take_date(time_reader& reader) {
    using namespace std::chrono;
    const year in_year(reader.number(4, 9999));
    reader.expect('-');
    const month in_month(static_cast<unsigned>(reader.number(2, 12)));
    reader.expect('-');
    const day on_day(static_cast<unsigned>(reader.number(2, 31)));
    const year_month_day date(in_year, in_month, on_day);
    if (!reader.good() || !date.ok()) return std::nullopt;
    return sys_days(date);
}

std::chrono::minutes take_hour_and_minute(time_reader& reader) {
    const std::chrono::hours hours(reader.number(2, 23));
    reader.expect(':');
    return hours + std::chrono::minutes(reader.number(2, 59));
}

/// How far the zone is ahead of UTC.
std::chrono::minutes take_zone(time_reader& reader) {
    if (reader.take('Z') || reader.take('z')) return std::chrono::minutes(0);
    if (reader.take('+')) return take_hour_and_minute(reader);
    if (reader.take('-')) return -take_hour_and_minute(reader);
    return std::chrono::minutes(0);
}

}  // namespace

std::optional<std::int64_t> parse_usage_time(std::string_view text) {
    using namespace std::chrono;
    time_reader reader(text);
    const auto date = take_date(reader);
    if (!date) return std::nullopt;
    milliseconds when = date->time_since_epoch();
    if (!reader.at_end()) {
        if (!reader.take(' ')) reader.expect('T');
        when += take_hour_and_minute(reader);
        if (reader.take(':')) {
            when += seconds(reader.number(2, 59));
            if (reader.take('.')) when += milliseconds(reader.milliseconds());
        }
        when -= take_zone(reader);
    }
    if (!reader.good() || !reader.at_end()) return std::nullopt;
    return when.count();
}

}  // namespace sluice::gateway
