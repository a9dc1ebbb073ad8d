#include "upstream/mock/json_string.hpp"

#include "upstream/mock/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::upstream::mock {
namespace {

std::string digits(std::uint64_t number, std::size_t width) {
    std::string out = std::to_string(number);
    return std::string(width - std::min(width, out.size()), '0') + out;
}

std::string date(dice& dice) {
    return "20" + digits(20 + dice.below(10), 2) + "-" + digits(1 + dice.below(12), 2) + "-" +
           digits(1 + dice.below(28), 2);
}

std::string time(dice& dice) {
    return digits(dice.below(24), 2) + ":" + digits(dice.below(60), 2) + ":" +
           digits(dice.below(60), 2) + "Z";
}

std::string host(dice& dice) {
    return "host" + std::to_string(dice.below(100)) + ".example.com";
}

std::string uuid(dice& dice) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx";
    for (char& c : out) {
        if (c == 'x') c = hex[dice.below(hex.size())];
    }
    return out;
}

std::optional<std::string> sample_format(std::string_view format, dice& dice) {
    using maker = std::string (*)(mock::dice&);
    static constexpr auto makers = std::to_array<std::pair<std::string_view, maker>>({
        {"date", date},
        {"time", time},
        {"date-time", [](mock::dice& d) { return date(d) + "T" + time(d); }},
        {"duration", [](mock::dice& d) { return "P" + std::to_string(1 + d.below(30)) + "D"; }},
        {"email", [](mock::dice& d) { return "reader@" + host(d); }},
        {"idn-email", [](mock::dice& d) { return "reader@" + host(d); }},
        {"hostname", host},
        {"idn-hostname", host},
        {"ipv4", [](mock::dice& d) { return "192.0.2." + std::to_string(1 + d.below(254)); }},
        {"ipv6", [](mock::dice& d) { return "2001:db8::" + std::to_string(1 + d.below(999)); }},
        {"uri", [](mock::dice& d) { return "https://" + host(d) + "/stream"; }},
        {"url", [](mock::dice& d) { return "https://" + host(d) + "/stream"; }},
        {"iri", [](mock::dice& d) { return "https://" + host(d) + "/stream"; }},
        {"uri-reference", [](mock::dice& d) { return "/stream/" + std::to_string(d.below(100)); }},
        {"iri-reference", [](mock::dice& d) { return "/stream/" + std::to_string(d.below(100)); }},
        {"uri-template", [](mock::dice&) { return std::string("/stream/{id}"); }},
        {"uuid", uuid},
        {"json-pointer", [](mock::dice& d) { return "/items/" + std::to_string(d.below(10)); }},
        {"relative-json-pointer", [](mock::dice& d) { return std::to_string(d.below(3)); }},
        {"regex", [](mock::dice&) { return std::string("^[a-z]+$"); }},
        {"byte", [](mock::dice&) { return std::string("c2x1aWNl"); }},
    });
    for (const auto& [name, make] : makers) {
        if (name == format) return make(dice);
    }
    return std::nullopt;
}

bool fits(std::string_view text, const string_rules& rules) {
    const std::size_t length = count_characters(text);
    return length >= rules.length_min && length <= rules.length_max;
}

}  // namespace

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

std::string sample_string(const string_rules& rules, dice& dice) {
    if (!rules.pattern.empty()) {
        if (auto text = sample_pattern(rules, dice)) return *std::move(text);
    }
    if (auto text = sample_format(rules.format, dice); text && fits(*text, rules)) {
        return *std::move(text);
    }
    std::string text = words(dice, 2);
    std::size_t length = count_characters(text);
    for (; length < rules.length_min; ++length)
        text += "abcdefgh"[length % 8];
    for (; length > rules.length_max; --length) {
        while ((static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U)
            text.pop_back();
        text.pop_back();
    }
    return text;
}

}  // namespace sluice::upstream::mock
