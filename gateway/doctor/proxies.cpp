#include "gateway/doctor/proxies.hpp"

#include <algorithm>
#include <array>

namespace sluice::gateway::doctor {

namespace {

/// A field of an answer that only this one writes.
struct mark {
    proxy who;
    std::string_view name;
    std::string_view holds;  ///< in lower case; empty: whatever stands there
};

constexpr std::array marks{
    mark{proxy::nginx, "server", "nginx"},
    mark{proxy::nginx, "server", "openresty"},
    mark{proxy::caddy, "server", "caddy"},
    mark{proxy::caddy, "via", "caddy"},
    mark{proxy::haproxy, "server", "haproxy"},
    mark{proxy::haproxy, "via", "haproxy"},
    mark{proxy::envoy, "server", "envoy"},
    mark{proxy::envoy, "x-envoy-upstream-service-time", ""},
    mark{proxy::varnish, "via", "varnish"},
    mark{proxy::varnish, "x-varnish", ""},
    mark{proxy::cloudflare, "server", "cloudflare"},
    mark{proxy::cloudflare, "cf-ray", ""},
    mark{proxy::cloudfront, "server", "cloudfront"},
    mark{proxy::cloudfront, "via", "cloudfront"},
    mark{proxy::cloudfront, "x-amz-cf-id", ""},
    mark{proxy::cloudfront, "x-cache", "cloudfront"},
    mark{proxy::alb, "server", "awselb"},
    mark{proxy::alb, "set-cookie", "awsalb"},
    mark{proxy::google, "server", "google frontend"},
    mark{proxy::google, "via", "1.1 google"},
    mark{proxy::front_door, "x-azure-ref", ""},
    mark{proxy::app_gateway, "server", "microsoft-azure-application-gateway"},
    mark{proxy::app_gateway, "set-cookie", "applicationgatewayaffinity"},
};

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

bool bears(const reply& answer, const mark& wanted) {
    return std::ranges::any_of(answer.headers, [&](const auto& header) {
        return header.first == wanted.name &&
               lower(header.second).find(wanted.holds) != std::string::npos;
    });
}

}  // namespace

std::string field(const reply& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers) {
        if (key == name) return value;
    }
    return {};
}

std::string_view to_string(proxy who) {
    switch (who) {
        case proxy::nginx:
            return "nginx";
        case proxy::caddy:
            return "Caddy";
        case proxy::haproxy:
            return "HAProxy";
        case proxy::envoy:
            return "Envoy";
        case proxy::varnish:
            return "Varnish";
        case proxy::cloudflare:
            return "Cloudflare";
        case proxy::cloudfront:
            return "Amazon CloudFront";
        case proxy::alb:
            return "AWS Application Load Balancer";
        case proxy::google:
            return "Google Cloud load balancer";
        case proxy::front_door:
            return "Azure Front Door";
        case proxy::app_gateway:
            return "Azure Application Gateway";
        case proxy::unknown:
            break;
    }
    return "a proxy that does not say its name";
}

std::string_view to_string(trouble what) {
    switch (what) {
        case trouble::buffering:
            return "buffering";
        case trouble::compression:
            return "compression";
        case trouble::resume:
            return "resume";
        case trouble::leaving:
            return "leaving";
        case trouble::idle:
            return "idle";
        case trouble::http2:
            return "http2";
        case trouble::unreachable:
            break;
    }
    return "unreachable";
}

std::vector<proxy> proxies_in(const std::vector<const reply*>& answers) {
    std::vector<proxy> found;
    for (const mark& each : marks) {
        const bool there =
            std::ranges::any_of(answers, [&](const reply* answer) { return bears(*answer, each); });
        if (there && std::ranges::find(found, each.who) == found.end()) found.push_back(each.who);
    }
    return found;
}

}  // namespace sluice::gateway::doctor
