#include "upstream/providers/anthropic_model.hpp"

#include "upstream/providers/text.hpp"

#include <algorithm>
#include <optional>

namespace sluice::upstream {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The next word of letters and digits.
std::string_view take_word(std::string_view& text) {
    while (!text.empty() && !is_alphanumeric(text.front()))
        text.remove_prefix(1);
    std::size_t size = 0;
    while (size < text.size() && is_alphanumeric(text[size]))
        ++size;
    const auto word = text.substr(0, size);
    text.remove_prefix(size);
    return word;
}

/// A part of a version has one digit or two, perhaps behind a v; eight are a date.
std::optional<int> version_part(std::string_view word) {
    if (word.starts_with('v')) word.remove_prefix(1);
    if (word.empty() || word.size() > 2 || !std::ranges::all_of(word, is_digit)) return {};
    int number = 0;
    for (const char c : word)
        number = number * 10 + (c - '0');
    return number;
}

/// claude-3-7-sonnet-20250219 is 307, claude-opus-4-6 is 406; nothing where no number is told.
std::optional<int> version_in(std::string_view name) {
    while (!name.empty()) {
        const auto major = version_part(take_word(name));
        if (!major) continue;
        return *major * 100 + version_part(take_word(name)).value_or(0);
    }
    return {};
}

}  // namespace

anthropic_model anthropic_model_of(std::string_view name) {
    using thinking = anthropic_model::thinking;
    constexpr int newest = 9999;  // a name without a number is newer than the numbers we know
    anthropic_model model;
    const auto lower = lower_case(name);
    const auto claude = lower.find("claude");
    if (claude == std::string::npos) return model;
    const int version = version_in(std::string_view(lower).substr(claude)).value_or(newest);
    if (version < 307)
        model.thinks = thinking::none;
    else if (version < 406)
        model.thinks = thinking::budget;
    else
        model.thinks = version == 406 ? thinking::either : thinking::adaptive;
    model.has_sampling = version < 407;
    model.takes_both = version < 401;
    model.has_schemas = version >= 401;
    model.strict_tools = version >= 405;
    model.prefills = version < 406;
    // As much as every model of that age can write, so that no answer is cut that need not be.
    model.max_tokens_default = version < 305 ? 4096 : version < 307 ? 8192 : 32000;
    return model;
}

}  // namespace sluice::upstream
