#include "gateway/http/access.hpp"

#include "gateway/admission/keys.hpp"
#include "gateway/http/refusal.hpp"

#include <algorithm>
#include <arpa/inet.h>

namespace sluice::gateway {

namespace {

std::string host_without_port(std::string_view host) {
    if (host.starts_with('[')) return std::string{host.substr(1, host.find(']') - 1)};
    return std::string{host.substr(0, host.find(':'))};
}

bool is_address(const std::string& host) {
    in6_addr six{};
    in_addr four{};
    return inet_pton(AF_INET, host.c_str(), &four) == 1 ||
           inet_pton(AF_INET6, host.c_str(), &six) == 1;
}

bool is_same_origin(const http_request& request, std::string_view origin) {
    const auto host = request.header("host");
    const auto scheme = origin.find("://");
    return host && scheme != std::string_view::npos &&
           equals_ignoring_case(origin.substr(scheme + 3), *host);
}

bool is_listed(const configuration& settings, std::string_view origin) {
    const auto& origins = settings.server.cors_origins;
    return std::any_of(origins.begin(), origins.end(), [&](const auto& listed) {
        return listed == "*" || listed == origin;
    });
}

constexpr std::string_view exposed_headers =
    "Location, Retry-After, X-Request-Id, X-Stream-Id, X-Stream-Signed-Url, X-Sluice-Dropped, "
    "X-Sluice-Model, X-Sluice-Estimated, request-id, Server-Timing, "
    "X-Upstream-Request-Id, x-ratelimit-limit-requests, x-ratelimit-limit-tokens, "
    "x-ratelimit-remaining-requests, x-ratelimit-remaining-tokens, x-ratelimit-reset-requests, "
    "x-ratelimit-reset-tokens, Retry-After-Ms, X-Sluice-Attempts, X-Sluice-Limit, "
    "anthropic-ratelimit-requests-limit, anthropic-ratelimit-requests-remaining, "
    "anthropic-ratelimit-requests-reset, anthropic-ratelimit-tokens-limit, "
    "anthropic-ratelimit-tokens-remaining, anthropic-ratelimit-tokens-reset";

}  // namespace

std::optional<upstream::failure> judge_host(
    const configuration& settings, const http_request& request
) {
    if (!settings.has_real_provider() || settings.auth == auth_mode::keys) return std::nullopt;
    const auto host = host_without_port(request.header("host").value_or("localhost"));
    const auto& hosts = settings.server.hosts;
    const bool known = equals_ignoring_case(host, "localhost") || is_address(host) ||
                       std::any_of(hosts.begin(), hosts.end(), [&](const auto& name) {
                           return equals_ignoring_case(name, host);
                       });
    if (known) return std::nullopt;
    return refusal(
        421,
        "invalid_request_error",
        "this gateway does not answer for the Host '" + host +
            "'; server.hosts lists the names that it answers for"
    );
}

std::optional<upstream::failure> judge_origin(
    const configuration& settings, const http_request& request
) {
    const auto purpose = request.header("sec-purpose");
    if (purpose && purpose->find("prefetch") != std::string_view::npos) {
        return refusal(403, "permission_error", "a prefetch does not generate");
    }
    if (!settings.has_real_provider()) return std::nullopt;
    const auto origin = request.header("origin");
    if (origin && is_listed(settings, *origin)) return std::nullopt;
    const bool foreign = origin && !is_same_origin(request, *origin);
    const bool cross_site = request.header("sec-fetch-site") == "cross-site";
    if (!foreign && !cross_site) return std::nullopt;
    return refusal(
        403,
        "permission_error",
        "pages of this origin may not use the gateway; cors.origins lists those that may"
    );
}

namespace {

/// Each API's clients have a header of their own for it.
std::optional<std::string_view> api_key_header(const http_request& request) {
    for (const auto* name : {"x-api-key", "x-goog-api-key", "api-key"}) {
        if (const auto key = request.header(name); key && !key->empty()) return key;
    }
    return std::nullopt;
}

}  // namespace

boost::system::result<shown_key, upstream::failure> judge_key(
    const snapshot& serving, const http_request& request, std::chrono::system_clock::time_point now
) {
    const bool required = serving.settings->auth == auth_mode::keys;
    if (serving.keys.empty() && !required) return shown_key{};
    const auto secret = presented_key(request.header("authorization"), api_key_header(request));
    if (secret) {
        if (const auto* key = serving.keys.find(*secret, now)) return shown_key{key, false};
        if (!required) return shown_key{};
        return refusal(401, "authentication_error", "the key is not known here", "invalid_api_key");
    }
    const auto cookie =
        cookie_in(request.header("cookie").value_or(""), page_sessions::cookie_name);
    if (const auto* key = serving.sessions.find(cookie, serving.keys, now))
        return shown_key{key, true};
    if (!required) return shown_key{};
    return refusal(
        401,
        "authentication_error",
        "a key is required: Authorization: Bearer <key>, or x-api-key: <key>",
        "missing_api_key"
    );
}

std::optional<upstream::failure> judge_cookie_use(const http_request& request) {
    const auto origin = request.header("origin");
    const bool own = origin ? is_same_origin(request, *origin)
                            : request.header("sec-fetch-site") == "same-origin";
    if (own) return std::nullopt;
    return refusal(
        403,
        "permission_error",
        "the session cookie is for this gateway's own pages; others show their key"
    );
}

bool cors_allows(const configuration& settings, std::string_view origin) {
    if (settings.server.cors_origins.empty()) return !settings.has_real_provider();
    return is_listed(settings, origin);
}

upstream::header_list cors_headers(const configuration& settings, const http_request& request) {
    const bool open = settings.server.cors_origins.empty() && !settings.has_real_provider();
    if (settings.server.cors_origins.empty() && !open) return {};
    upstream::header_list headers{{"Vary", "Origin"}};
    const auto origin = request.header("origin");
    if (!origin || !cors_allows(settings, *origin)) return headers;
    headers.emplace_back("Access-Control-Allow-Origin", *origin);
    headers.emplace_back("Access-Control-Expose-Headers", exposed_headers);
    if (settings.telemetry.server_timing) headers.emplace_back("Timing-Allow-Origin", *origin);
    return headers;
}

upstream::header_list preflight_headers(const http_request& request, std::string_view methods) {
    upstream::header_list headers{
        {"Access-Control-Allow-Methods", std::string{methods}},
        {"Access-Control-Max-Age", "600"},
    };
    // Authorization is not covered by `*`, so what was asked for is what is allowed.
    if (const auto asked = request.header("access-control-request-headers")) {
        headers.emplace_back("Access-Control-Allow-Headers", *asked);
    }
    return headers;
}

}  // namespace sluice::gateway
