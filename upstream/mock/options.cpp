#include "upstream/mock/options.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace sluice::upstream {
namespace {

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

}  // namespace

std::optional<mock_error> parse_mock_error(std::string_view value) {
    using kind = mock_error::kind;
    constexpr std::array<std::pair<std::string_view, kind>, 4> breaks{{
        {"reset-after=", kind::reset_after},
        {"stall-after=", kind::stall_after},
        {"truncate-after=", kind::truncate_after},
        {"cut-after=", kind::cut_after},
    }};
    if (value.empty()) return mock_error{};
    for (const auto& [prefix, what] : breaks) {
        if (!value.starts_with(prefix)) continue;
        const auto tokens = parse_count(value.substr(prefix.size()), mock::tokens_max);
        if (!tokens) return std::nullopt;
        return mock_error{what, *tokens};
    }
    const auto status = parse_count(value, 599);
    if (!status || *status < 400) return std::nullopt;
    return mock_error{kind::status, *status};
}

namespace mock {
namespace {

/// Each reader of a setting says whether it could.
bool read_ttft(options& out, std::string_view value) {
    const auto ms = parse_count(value, ttft_max.count());
    if (ms) out.ttft = std::chrono::milliseconds(*ms);
    return ms.has_value();
}

bool read_rate(options& out, std::string_view value) {
    const auto rate = parse_number<double>(value);
    if (!rate || !std::isfinite(*rate) || *rate < 0 || *rate > rate_max) return false;
    out.rate = *rate;
    return true;
}

bool read_seed(options& out, std::string_view value) {
    out.seed = parse_number<std::uint64_t>(value);
    return out.seed.has_value();
}

bool read_tokens(options& out, std::string_view value) {
    out.tokens = parse_count(value, tokens_max);
    return out.tokens.has_value();
}

bool read_tool_call(options& out, std::string_view value) {
    constexpr std::string_view allowed =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:/";
    out.tool_call = value;
    return !value.empty() && value.size() <= 128 &&
           value.find_first_not_of(allowed) == std::string_view::npos;
}

bool read_media(options& out, std::string_view value) {
    out.media = value;
    return value == "image/png";
}

bool read_reasoning(options& out, std::string_view value) {
    const auto tokens = parse_count(value, tokens_max);
    out.reasoning = tokens.value_or(0);
    return tokens.has_value();
}

bool read_tool_calls(options& out, std::string_view value) {
    const auto count = parse_count(value, tool_calls_max);
    out.tool_calls = static_cast<std::size_t>(count.value_or(0));
    return out.tool_calls > 0;
}

bool read_citations(options& out, std::string_view value) {
    const auto count = parse_count(value, citations_max);
    out.citations = static_cast<std::size_t>(count.value_or(0));
    return count.has_value();
}

bool read_refusal(options& out, std::string_view value) {
    out.refusal = value == "true";
    return out.refusal || value == "false";
}

bool read_error(options& out, std::string_view value) {
    const auto error = parse_mock_error(value);
    if (error) out.error = *error;
    return error.has_value();
}

struct setting {
    std::string_view suffix;
    std::string_view header;
    std::string_view expected;
    bool (*read)(options&, std::string_view);
};

constexpr auto all_settings = std::to_array<setting>({
    {"ttft-ms", "X-Mock-Ttft-Ms", "must be milliseconds, 0 to 3600000", read_ttft},
    {"rate", "X-Mock-Rate", "must be tokens per second, 0 to 1000000", read_rate},
    {"seed", "X-Mock-Seed", "must be a whole number, 0 to 18446744073709551615", read_seed},
    {"tokens", "X-Mock-Tokens", "must be a whole number, 0 to 1000000", read_tokens},
    {"tool-call",
     "X-Mock-Tool-Call",
     "must be a function's name: at most 128 letters, digits and _-.:/",
     read_tool_call},
    {"media", "X-Mock-Media", "must be image/png: the mock model makes no other media", read_media},
    {"reasoning", "X-Mock-Reasoning", "must be a whole number, 0 to 1000000", read_reasoning},
    {"tool-calls", "X-Mock-Tool-Calls", "must be a whole number, 1 to 64", read_tool_calls},
    {"citations", "X-Mock-Citations", "must be a whole number, 0 to 64", read_citations},
    {"refusal", "X-Mock-Refusal", "must be true or false", read_refusal},
    {"error",
     "X-Mock-Error",
     "must be an HTTP status of 400 to 599, or reset-after=N, stall-after=N, truncate-after=N or "
     "cut-after=N with N up to 1000000",
     read_error},
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

failure invalid_request(std::string param, std::string message) {
    failure out;
    out.outcome = outcome::rejected;
    out.status = 400;
    out.type = "invalid_request_error";
    out.message = std::move(message);
    out.param = std::move(param);
    return out;
}

std::variant<options, failure> read_options(
    const mock_settings& configured, const std::map<std::string, std::string>& given
) {
    options out;
    out.ttft = configured.ttft;
    out.rate = configured.rate;
    out.tokens = configured.tokens;
    for (const auto& [key, value] : given) {
        std::string suffix = key;
        std::replace(suffix.begin(), suffix.end(), '_', '-');
        const auto* const known =
            std::find_if(all_settings.begin(), all_settings.end(), [&](const setting& setting) {
                return setting.suffix == suffix;
            });
        if (known == all_settings.end()) {
            const std::string name = header_of(suffix);
            return invalid_request(name, name + " is not a setting of the mock model");
        }
        if (!known->read(out, trim(value))) {
            const std::string name(known->header);
            return invalid_request(name, name + " " + std::string(known->expected));
        }
    }
    return out;
}

failure failure_of_status(int status) {
    constexpr std::array<std::pair<int, std::string_view>, 8> types{{
        {401, "authentication_error"},
        {403, "permission_error"},
        {404, "not_found_error"},
        {408, "timeout_error"},
        {413, "request_too_large"},
        {429, "rate_limit_error"},
        {504, "timeout_error"},
        {529, "overloaded_error"},
    }};
    failure out;
    out.outcome = outcome::upstream_error;
    out.status = status;
    out.type = status < 500 ? "invalid_request_error" : "api_error";
    for (const auto& [number, type] : types) {
        if (number == status) out.type = type;
    }
    out.message = "X-Mock-Error asked for status " + std::to_string(status);
    if (status == 429) out.retry_after = "1";
    return out;  // not retryable: what was asked for is what the client gets
}

}  // namespace mock
}  // namespace sluice::upstream
