#include "gateway/load/report/quantities.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace sluice::gateway::load {

namespace {

std::string with_decimals(double number, int decimals) {
    std::array<char, 64> text{};
    const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, number);
    return {text.data(), static_cast<std::size_t>(std::clamp(length, 0, 63))};
}

/// Three digits, of a number below 1000.
std::string three_digits(double number) {
    if (number < 9.995) return with_decimals(number, 2);
    return with_decimals(number, number < 99.95 ? 1 : 0);
}

}  // namespace

std::string time_text(std::int64_t ns) {
    if (ns < 0) return "-";
    if (ns < 1000) return std::to_string(ns) + " ns";
    const auto exact = static_cast<double>(ns);
    if (exact < 999.5e3) return three_digits(exact / 1e3) + " us";
    if (exact < 999.5e6) return three_digits(exact / 1e6) + " ms";
    if (exact < 600e9) return three_digits(exact / 1e9) + " s";
    return three_digits(exact / 60e9) + " min";
}

std::string count_text(std::uint64_t count) {
    std::string text = std::to_string(count);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, 1, ',');
    }
    return text;
}

std::string number_text(double number) {
    if (!std::isfinite(number) || number < 0) return "-";
    if (number == 0) return "0";
    if (number < 999.5) return three_digits(number);
    return count_text(static_cast<std::uint64_t>(std::llround(std::min(number, 1e18))));
}

std::string share_text(double share) {
    const double hundredths = std::floor(std::clamp(share, 0.0, 1.0) * 1e4 + 1e-9);
    const int decimals = std::fmod(hundredths, 100) == 0 ? 0 : 2;
    return with_decimals(hundredths / 100, decimals) + " %";
}

std::string bytes_text(double bytes) {
    constexpr std::array<const char*, 5> units{"B", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < units.size()) {
        bytes /= 1000;
        ++unit;
    }
    return (unit == 0 ? with_decimals(bytes, 0) : number_text(bytes)) + " " + units[unit];
}

std::string counted(std::uint64_t count, std::string_view noun) {
    return count_text(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string printable(std::string_view text) {
    std::string clean;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        clean += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
    // C1 controls, as UTF-8: a terminal may take them for escapes.
    for (std::size_t at = 0; at + 1 < clean.size(); ++at) {
        const auto next = static_cast<unsigned char>(clean[at + 1]);
        if (clean[at] == '\xc2' && next < 0xa0) clean.replace(at, 2, " ");
    }
    return clean;
}

}  // namespace sluice::gateway::load
