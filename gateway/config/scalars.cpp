#include "gateway/config/scalars.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

namespace sluice::gateway {

namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

// Largest last.
constexpr std::array<unit, 4> duration_units{
    {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<unit, 4> size_units{
    {{"B", 1}, {"KiB", 1U << 10}, {"MiB", 1U << 20}, {"GiB", 1U << 30}}};

// More than any double from 0 to 1e12 takes when it is written without an exponent.
constexpr std::size_t fixed_chars_max = 400;
constexpr std::size_t digits_max = 12;  // so that no unit makes it overflow

std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const unit> units) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_integer(text.substr(0, end));
    if (!count || end > digits_max) return std::nullopt;
    for (const unit& unit : units) {
        if (text.substr(end) == unit.name) return *count * unit.factor;
    }
    return std::nullopt;
}

std::string format_with_unit(std::uint64_t count, std::span<const unit> units) {
    const unit* best = &units.front();
    for (const unit& unit : units) {
        if (count != 0 && count % unit.factor == 0) best = &unit;
    }
    return std::to_string(count / best->factor) + std::string(best->name);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto count = parse_with_unit(text, duration_units);
    if (!count) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*count));
}

std::string format_duration(std::chrono::milliseconds duration) {
    return format_with_unit(static_cast<std::uint64_t>(duration.count()), duration_units);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    return parse_with_unit(text, size_units);
}

std::string format_size(std::uint64_t bytes) {
    return format_with_unit(bytes, size_units);
}

std::optional<std::uint64_t> parse_integer(std::string_view text) {
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
    return value;
}

std::optional<double> parse_number(std::string_view text) {
    const std::size_t point = text.find('.');
    const std::string_view fraction =
        point == std::string_view::npos ? "0" : text.substr(point + 1);
    const bool digits =
        !fraction.empty() && fraction.find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits || !parse_integer(text.substr(0, point))) return std::nullopt;
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

// The decimal point is moved within the text: 7% is the very double that 0.07 is, and back.

std::optional<double> parse_percent(std::string_view text) {
    if (!text.ends_with('%')) return std::nullopt;
    text.remove_suffix(1);
    if (!parse_number(text)) return std::nullopt;
    const std::string moved = std::string(text) + "e-2";
    double value = 0;
    const char* const end = moved.data() + moved.size();
    const auto [stop, error] = std::from_chars(moved.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

std::string format_percent(double part) {
    std::array<char, fixed_chars_max> buffer{};
    char* const end = buffer.data() + buffer.size();
    const auto written = std::to_chars(buffer.data(), end, part, std::chars_format::fixed);
    const std::string text(buffer.data(), written.ptr);
    const std::size_t point = std::min(text.find('.'), text.size());
    std::string fraction = point < text.size() ? text.substr(point + 1) : "";
    fraction.resize(std::max<std::size_t>(fraction.size(), 2), '0');
    std::string whole = text.substr(0, point) + fraction.substr(0, 2);
    whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
    return whole + (fraction.size() > 2 ? "." + fraction.substr(2) : "") + "%";
}

std::optional<bool> parse_flag(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return std::nullopt;
}

}  // namespace sluice::gateway
