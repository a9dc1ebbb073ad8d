#include "upstream/mock/setting_readers.hpp"

#include "upstream/mock/profiles.hpp"
#include "upstream/mock/text_style.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace sluice::upstream::mock {
namespace {

/// What is wrong with a value: the rest of a sentence that the header's name begins.
using complaint = std::optional<std::string>;

constexpr double prefill_us_max = 1e6;  // a second for each token

template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::int64_t> parse_count(std::string_view text, std::int64_t max) {
    const auto number = parse_number<std::int64_t>(text);
    if (!number || *number < 0 || *number > max) return std::nullopt;
    return number;
}

std::optional<double> parse_decimal(std::string_view text, double max) {
    const auto number = parse_number<double>(text);
    if (!number || !std::isfinite(*number) || *number < 0 || *number > max) return std::nullopt;
    return number;
}

complaint read_ttft(draft& into, std::string_view value) {
    auto read = parse_distribution(value, quantity::milliseconds);
    if (!read) return read.error();
    into.out.ttft = *read;
    return std::nullopt;
}

/// Whoever asks for a rate wants no gaps that were configured; those that are asked for are read
/// behind it.
complaint read_rate(draft& into, std::string_view value) {
    const auto rate = parse_decimal(value, rate_max);
    if (!rate) return "must be tokens per second, 0 to 1000000";
    into.out.rate = *rate;
    into.out.gap.reset();
    return std::nullopt;
}

complaint read_gap(draft& into, std::string_view value) {
    auto read = parse_distribution(value, quantity::milliseconds);
    if (!read) return read.error();
    into.out.gap = *read;
    return std::nullopt;
}

complaint read_prefill(draft& into, std::string_view value) {
    const auto prefill = parse_decimal(value, prefill_us_max);
    if (!prefill) return "must be microseconds per token of the prompt, 0 to 1000000";
    into.out.prefill_s = *prefill / 1e6;
    return std::nullopt;
}

complaint read_whole(std::optional<std::uint64_t>& into, std::string_view value) {
    into = parse_number<std::uint64_t>(value);
    if (into) return std::nullopt;
    return "must be a whole number, 0 to 18446744073709551615";
}

complaint read_seed(draft& into, std::string_view value) {
    return read_whole(into.out.seed, value);
}

complaint read_key(draft& into, std::string_view value) {
    return read_whole(into.out.key, value);
}

complaint read_length(std::optional<distribution>& into, std::string_view value) {
    auto read = parse_distribution(value, quantity::count);
    if (!read) return read.error();
    into = *read;
    return std::nullopt;
}

complaint read_tokens(draft& into, std::string_view value) {
    return read_length(into.tokens, value);
}

complaint read_reasoning(draft& into, std::string_view value) {
    return read_length(into.reasoning, value);
}

complaint read_content(draft& into, std::string_view value) {
    if (!value.empty() && find_text_style(value)) {
        into.out.content = value;
        return std::nullopt;
    }
    std::string words;
    for (const std::string_view name : text_styles())
        words.append(words.empty() ? "" : ", ").append(name);
    return "must be one of " + words;
}

complaint read_profile(draft& into, std::string_view value) {
    const profile* const found = find_profile(value);
    if (found == nullptr) return "must be " + std::string(profile_names());
    into.out.ttft = found->ttft;
    into.out.gap = found->gap;
    into.out.prefill_s = found->prefill_s;
    into.tokens = found->tokens;
    into.reasoning = found->reasoning;
    return std::nullopt;
}

complaint read_flag(bool& into, std::string_view value) {
    into = value == "true";
    if (into || value == "false") return std::nullopt;
    return "must be true or false";
}

complaint read_echo(draft& into, std::string_view value) {
    return read_flag(into.echo, value);
}

complaint read_stamp(draft& into, std::string_view value) {
    return read_flag(into.out.stamp, value);
}

complaint read_refusal(draft& into, std::string_view value) {
    return read_flag(into.out.refusal, value);
}

complaint read_tool_call(draft& into, std::string_view value) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:/";
    into.out.tool_call = value;
    if (!value.empty() && value.size() <= 128 &&
        value.find_first_not_of(allowed) == std::string_view::npos)
        return std::nullopt;
    return "must be a function's name: at most 128 letters, digits and _-.:/";
}

complaint read_media(draft& into, std::string_view value) {
    into.out.media = value;
    if (value == "image/png") return std::nullopt;
    return "must be image/png: the mock model makes no other media";
}

complaint read_tool_calls(draft& into, std::string_view value) {
    const auto count = parse_count(value, tool_calls_max);
    into.out.tool_calls = static_cast<std::size_t>(count.value_or(0));
    if (into.out.tool_calls > 0) return std::nullopt;
    return "must be a whole number, 1 to 64";
}

complaint read_citations(draft& into, std::string_view value) {
    const auto count = parse_count(value, citations_max);
    if (!count) return "must be a whole number, 0 to 64";
    into.out.citations = static_cast<std::size_t>(*count);
    return std::nullopt;
}

/// Even one that asks for nothing has been said: chance is not asked then.
complaint read_error(draft& into, std::string_view value) {
    const auto error = parse_fault(value);
    if (!error) return std::string(fault_syntax());
    into.out.error = *error;
    into.out.error_given = true;
    return std::nullopt;
}

struct setting {
    std::string_view suffix;
    std::string_view header;
    complaint (*read)(draft&, std::string_view);
};

/// In the order in which they are read: a profile lies under all others, gaps go before a rate.
constexpr auto all_settings = std::to_array<setting>({
    {"profile", "X-Mock-Profile", read_profile},
    {"ttft-ms", "X-Mock-Ttft-Ms", read_ttft},
    {"rate", "X-Mock-Rate", read_rate},
    {"gap-ms", "X-Mock-Gap-Ms", read_gap},
    {"prefill-us", "X-Mock-Prefill-Us", read_prefill},
    {"seed", "X-Mock-Seed", read_seed},
    {"key", "X-Mock-Key", read_key},
    {"tokens", "X-Mock-Tokens", read_tokens},
    {"reasoning", "X-Mock-Reasoning", read_reasoning},
    {"content", "X-Mock-Content", read_content},
    {"echo", "X-Mock-Echo", read_echo},
    {"stamp", "X-Mock-Stamp", read_stamp},
    {"tool-call", "X-Mock-Tool-Call", read_tool_call},
    {"tool-calls", "X-Mock-Tool-Calls", read_tool_calls},
    {"media", "X-Mock-Media", read_media},
    {"citations", "X-Mock-Citations", read_citations},
    {"refusal", "X-Mock-Refusal", read_refusal},
    {"error", "X-Mock-Error", read_error},
});

std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// What a client may be shown of a setting that nobody knows.
std::string header_of(std::string_view suffix) {
    std::string name = "X-Mock-";
    for (const char c : suffix.substr(0, 32)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        const bool begins = name.back() == '-' && c >= 'a' && c <= 'z';
        name += !plain ? '?' : begins ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

}  // namespace

std::optional<failure> read_settings(const setting_map& settings, draft& into) {
    for (const auto& [suffix, value] : settings) {
        const bool known = std::ranges::any_of(all_settings, [&](const setting& setting) {
            return setting.suffix == suffix;
        });
        if (known) continue;
        const std::string name = header_of(suffix);
        return invalid_request(name, name + " is not a setting of the mock model");
    }
    for (const setting& setting : all_settings) {
        const auto given = settings.find(std::string(setting.suffix));
        if (given == settings.end()) continue;
        if (const complaint wrong = setting.read(into, trim(given->second))) {
            const std::string name(setting.header);
            return invalid_request(name, name + " " + *wrong);
        }
    }
    return std::nullopt;
}

}  // namespace sluice::upstream::mock
