#include "upstream/mock/redacted.hpp"

#include "upstream/providers/text.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream {

namespace {

constexpr std::string_view hidden = "***";

/// Headers that hold no credentials, whoever sends them.
bool is_harmless_header(std::string_view name) {
    static constexpr std::array<std::string_view, 30> names{
        "accept",
        "anthropic-beta",
        "anthropic-version",
        "apim-request-id",
        "cache-control",
        "content-encoding",
        "content-length",
        "content-type",
        "connection",
        "date",
        "host",
        "keep-alive",
        "openai-beta",
        "openai-model",
        "openai-processing-ms",
        "openai-version",
        "request-id",
        "retry-after",
        "retry-after-ms",
        "server",
        "traceparent",
        "transfer-encoding",
        "user-agent",
        "vary",
        "x-amzn-errortype",
        "x-amzn-requestid",
        "x-generation-id",
        "x-global-transaction-id",
        "x-request-id",
        "x-should-retry"};
    static constexpr std::array<std::string_view, 2> prefixes{
        "x-ratelimit-", "anthropic-ratelimit-"};
    return std::ranges::find(names, name) != names.end() ||
           std::ranges::any_of(prefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

bool is_harmless_parameter(std::string_view name) {
    static constexpr std::array<std::string_view, 3> names{"alt", "api-version", "version"};
    return std::ranges::find(names, name) != names.end();
}

header_list headers_of(const std::vector<std::string>& lines) {
    header_list headers;
    for (const std::string_view line : lines) {
        const auto colon = line.find(':');
        // What is no header may be anything.
        if (colon == std::string_view::npos)
            headers.emplace_back(hidden, line);
        else
            headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
    return headers;
}

template <class Take>
void each_parameter(std::string_view query, Take take) {
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
        take(pair);
    }
}

std::string redacted_query(std::string_view query) {
    std::string out;
    each_parameter(query, [&](std::string_view pair) {
        const auto equals = pair.find('=');
        const auto name = pair.substr(0, equals);
        out += out.empty() ? '?' : '&';
        // A name without a value may be the secret itself.
        if (equals == std::string_view::npos)
            out += hidden;
        else if (is_harmless_parameter(name))
            out += pair;
        else
            out.append(name).append("=").append(hidden);
    });
    return out;
}

}  // namespace

header_list redacted(const header_list& headers) {
    header_list shown;
    for (const auto& [name, value] : headers) {
        const bool harmless = is_harmless_header(lower_case(name)) && is_header_value(value);
        shown.emplace_back(
            is_header_name(name) ? std::string_view(name) : hidden,
            harmless ? std::string_view(value) : hidden
        );
    }
    return shown;
}

header_list redacted(const std::vector<std::string>& lines, const header_list& configured) {
    header_list headers = redacted(headers_of(lines));
    for (auto& [name, value] : headers) {
        const bool own = std::ranges::any_of(configured, [&](const auto& header) {
            return lower_case(header.first) == lower_case(name);
        });
        if (own) value = hidden;
    }
    return headers;
}

secrets::secrets(const std::vector<std::string>& lines, std::string_view url) {
    for (const auto& [name, value] : headers_of(lines)) {
        if (is_harmless_header(lower_case(name))) continue;
        add(value);
        // Behind the scheme of an Authorization.
        add(std::string_view(value).substr(value.rfind(' ') + 1));
    }
    const auto query = url.find('?');
    if (query == std::string_view::npos) return;
    each_parameter(url.substr(query + 1), [&](std::string_view pair) {
        const auto equals = pair.find('=');
        if (!is_harmless_parameter(pair.substr(0, equals))) add(pair.substr(equals + 1));
    });
}

void secrets::add(std::string_view value) {
    if (value.size() >= bytes_min) values_.emplace_back(value);
}

void secrets::hide(std::string& text) const {
    for (const auto& value : values_) {
        for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at))
            text.replace(at, value.size(), value.size(), '*');
    }
}

std::size_t secrets::begun_at_end(std::string_view text) const {
    std::size_t most = 0;
    for (const std::string_view value : values_) {
        auto size = std::min(value.size() - 1, text.size());
        while (size > most && !text.ends_with(value.substr(0, size)))
            --size;
        most = std::max(most, size);
    }
    return most;
}

bool is_header_name(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::ranges::all_of(text, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

std::string redacted_url(std::string_view url) {
    url = url.substr(0, url.find('#'));
    const auto query = url.find('?');
    auto shown = url.substr(0, query);
    std::string out;
    if (const auto scheme = shown.find("://"); scheme != std::string_view::npos) {
        out = shown.substr(0, scheme + 3);
        shown.remove_prefix(scheme + 3);
        const auto authority = shown.substr(0, shown.find('/'));
        shown.remove_prefix(authority.rfind('@') + 1);
    }
    out += shown;
    return query == std::string_view::npos ? out : out + redacted_query(url.substr(query + 1));
}

}  // namespace sluice::upstream
