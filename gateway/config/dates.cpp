#include "gateway/config/dates.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace sluice::gateway {

namespace {

namespace chrono = std::chrono;

constexpr std::string_view form = "0000-00-00T00:00:00Z";  // 0 stands for any digit
constexpr std::size_t date_bytes = 10;
constexpr chrono::year first_year{1970};
constexpr chrono::year last_year{2199};

bool has_form(std::string_view text) {
    if (text.size() != date_bytes && text.size() != form.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !digit : text[i] != form[i]) return false;
    }
    return true;
}

/// Of text that has the form; 0 where it ends before.
unsigned number_at(std::string_view text, std::size_t at, std::size_t digits) {
    unsigned number = 0;
    if (at < text.size()) std::from_chars(text.data() + at, text.data() + at + digits, number);
    return number;
}

}  // namespace

std::optional<instant> parse_instant(std::string_view text) {
    if (!has_form(text)) return std::nullopt;
    const chrono::year_month_day day{
        chrono::year(static_cast<int>(number_at(text, 0, 4))),
        chrono::month(number_at(text, 5, 2)),
        chrono::day(number_at(text, 8, 2))};
    if (!day.ok() || day.year() < first_year || day.year() > last_year) return std::nullopt;
    const unsigned hour = number_at(text, 11, 2);
    const unsigned minute = number_at(text, 14, 2);
    const unsigned second = number_at(text, 17, 2);
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    return chrono::sys_days(day) + chrono::hours(hour) + chrono::minutes(minute) +
           chrono::seconds(second);
}

std::string format_instant(instant when) {
    const auto days = chrono::floor<chrono::days>(when);
    const chrono::year_month_day day(days);
    const chrono::hh_mm_ss time(chrono::floor<chrono::seconds>(when - days));
    std::array<char, 64> buffer{};
    std::snprintf(
        buffer.data(),
        buffer.size(),
        "%04d-%02u-%02uT%02d:%02d:%02dZ",
        static_cast<int>(day.year()),
        static_cast<unsigned>(day.month()),
        static_cast<unsigned>(day.day()),
        static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count())
    );
    const std::string text(buffer.data());
    const bool midnight = time.to_duration() == chrono::seconds(0);
    return midnight ? text.substr(0, date_bytes) : text;
}

}  // namespace sluice::gateway
