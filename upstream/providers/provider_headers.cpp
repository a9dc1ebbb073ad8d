#include "upstream/providers/provider_headers.hpp"

#include "upstream/providers/text.hpp"

#include <algorithm>
#include <array>

namespace sluice::upstream {

namespace {

bool is_token(std::string_view name) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != std::string_view::npos;
    });
}

bool is_value(std::string_view value) {
    return std::ranges::none_of(value, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7F;
    });
}

/// Headers about one connection, and those that the transfer sets itself.
bool is_of_connection(std::string_view name) {
    static constexpr std::array<std::string_view, 13> names{
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "expect",
        "accept-encoding",
        "content-length",
        "content-encoding",
        "http2-settings",
        "proxy-authenticate"};
    return std::ranges::find(names, name) != names.end();
}

/// The client's headers that no configuration can send up: they are for the gateway alone.
bool is_for_gateway(std::string_view name) {
    static constexpr std::array<std::string_view, 9> names{
        "authorization",
        "proxy-authorization",
        "x-api-key",
        "api-key",
        "cookie",
        "cookie2",
        "host",
        "origin",
        "x-goog-api-key"};
    static constexpr std::array<std::string_view, 4> prefixes{
        "x-mock-", "x-stream-", "x-sluice-", "content-"};
    return std::ranges::find(names, name) != names.end() ||
           std::ranges::any_of(prefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

/// W3C Trace Context: one without the other would tell half.
bool is_of_trace(std::string_view name) {
    return name == "traceparent" || name == "tracestate";
}

bool same(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
    return std::ranges::equal(a, b, {}, lower, lower);
}

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::ranges::any_of(names, [&](const auto& each) { return same(each, name); });
}

}  // namespace

std::string_view client_key_of(const header_list& client_headers) {
    constexpr std::string_view scheme = "bearer ";
    std::string_view key;
    for (const auto& [name, value] : client_headers) {
        if (name == "authorization" && lower_case(value).starts_with(scheme)) {
            return trim(std::string_view(value).substr(scheme.size()));
        }
        const bool named = name == "x-api-key" || name == "api-key" || name == "x-goog-api-key";
        if (key.empty() && named) key = trim(value);
    }
    return key;
}

void request_headers::set(std::string_view name, std::string_view value) {
    if (!is_token(name) || !is_value(value)) return;
    const auto found =
        std::ranges::find_if(list_, [&](const auto& header) { return same(header.first, name); });
    if (found == list_.end()) {
        list_.emplace_back(name, value);
    } else {
        *found = {std::string(name), std::string(value)};
    }
}

void request_headers::forward(
    const header_list& client_headers,
    const std::vector<std::string>& standard,
    const std::vector<std::string>& configured
) {
    for (const auto& [name, value] : client_headers) {
        if (is_of_connection(name) || is_for_gateway(name)) continue;
        if (is_of_trace(name) || contains(standard, name) || contains(configured, name))
            set(name, value);
    }
}

void request_headers::add_configured(const header_list& headers) {
    for (const auto& [name, value] : headers) {
        if (!is_of_connection(lower_case(name))) set(name, value);
    }
}

std::vector<std::string> request_headers::lines() const {
    std::vector<std::string> lines;
    lines.reserve(list_.size());
    for (const auto& [name, value] : list_)
        lines.push_back(name + ": " + value);
    return lines;
}

}  // namespace sluice::upstream
