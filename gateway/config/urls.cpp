#include "gateway/config/rules.hpp"
#include "gateway/config/scalars.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdint>
#include <initializer_list>

namespace sluice::gateway {

namespace {

/// What stands after `scheme://`; nothing where another scheme or none is written.
std::optional<std::string_view> after_scheme(
    std::string_view url, std::initializer_list<std::string_view> schemes
) {
    const std::size_t end = url.find("://");
    if (end == std::string_view::npos) return std::nullopt;
    const std::string scheme = lower_case(url.substr(0, end));
    if (std::find(schemes.begin(), schemes.end(), scheme) == schemes.end()) return std::nullopt;
    return url.substr(end + 3);
}

bool is_host(std::string_view host) {
    if (host.starts_with('[')) {
        if (!host.ends_with(']')) return false;
        const std::string inner(host.substr(1, host.size() - 2));
        in6_addr address{};
        return ::inet_pton(AF_INET6, inner.c_str(), &address) == 1;
    }
    return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '-' || c == '_';
    });
}

complaint check_authority(std::string_view authority) {
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (has_port) {
        const auto port = parse_integer(authority.substr(colon + 1));
        if (!port || *port == 0 || *port > UINT16_MAX) return "must have a port from 1 to 65535";
    }
    if (!is_host(authority.substr(0, has_port ? colon : authority.size()))) {
        return "must have a host name or an address (IPv6 in brackets) after '://'";
    }
    return std::nullopt;
}

complaint check_rest(std::string_view rest) {
    const auto printable = [](unsigned char c) { return c > 0x20 && c < 0x7F && c != '\\'; };
    if (!std::all_of(rest.begin(), rest.end(), printable)) {
        return "must not hold spaces, backslashes or other than ASCII characters";
    }
    if (rest.find('@') != std::string_view::npos) return "must not hold a user name or password";
    if (rest.find_first_of("?#") != std::string_view::npos)
        return "must not have a query or fragment";
    return check_authority(rest.substr(0, rest.find('/')));
}

}  // namespace

complaint check_base_url(std::string& url) {
    const auto rest = after_scheme(url, {"http", "https"});
    if (!rest) return "must begin with http:// or https://";
    if (auto wrong = check_rest(*rest)) return wrong;
    while (url.ends_with('/'))
        url.pop_back();
    return std::nullopt;
}

complaint check_proxy(std::string& url) {
    const auto rest = after_scheme(url, {"http", "https", "socks5", "socks5h"});
    if (!rest) return "must begin with http://, https://, socks5:// or socks5h://";
    return check_rest(*rest);
}

complaint check_origin(std::string& origin) {
    if (origin == "*") return std::nullopt;
    const auto rest = after_scheme(origin, {"http", "https"});
    if (!rest) return "must be '*' or begin with http:// or https://";
    if (rest->find('/') != std::string_view::npos) return "must end after the host or port";
    if (auto wrong = check_rest(*rest)) return wrong;
    origin = lower_case(origin);
    return std::nullopt;
}

}  // namespace sluice::gateway
