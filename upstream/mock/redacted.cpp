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

std::string redacted_query(std::string_view query) {
    std::string out;
    while (!query.empty()) {
        const auto pair = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(pair.size() + 1, query.size()));
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
    }
    return out;
}

}  // namespace

header_list redacted(const header_list& headers) {
    header_list shown;
    for (const auto& [name, value] : headers) {
        const bool harmless = is_harmless_header(lower_case(name));
        shown.emplace_back(name, harmless ? std::string_view(value) : hidden);
    }
    return shown;
}

header_list redacted(const std::vector<std::string>& lines) {
    header_list headers;
    for (const std::string_view line : lines) {
        const auto colon = line.find(':');
        // What is no header may be anything.
        if (colon == std::string_view::npos)
            headers.emplace_back(hidden, hidden);
        else
            headers.emplace_back(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
    return redacted(headers);
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
