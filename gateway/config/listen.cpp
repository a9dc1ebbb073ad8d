#include "gateway/config/listen.hpp"

#include "gateway/config/scalars.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <netinet/in.h>

namespace sluice::gateway {

namespace {

bool is_ipv4(const std::string& host) {
    in_addr address{};
    return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

std::optional<in6_addr> parse_ipv6(const std::string& host) {
    in6_addr address{};
    if (::inet_pton(AF_INET6, host.c_str(), &address) != 1) return std::nullopt;
    return address;
}

/// `::ffff:127.0.0.1` reaches the IPv4 loopback.
bool is_loopback(const in6_addr& address) {
    if (IN6_IS_ADDR_LOOPBACK(&address)) return true;
    return IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[12] == 127;
}

/// Of each family one name for one address; localhost is listened on as IPv4.
std::string canonical(const std::string& host) {
    const auto ipv6 = parse_ipv6(host);
    if (!ipv6) return host == "localhost" ? "127.0.0.1" : host;
    std::array<char, INET6_ADDRSTRLEN> text{};
    return ::inet_ntop(AF_INET6, &*ipv6, text.data(), text.size());
}

bool overlap(const listen_address& a, const listen_address& b) {
    if (a.port == 0 || a.port != b.port) return false;
    const std::string first = canonical(a.host);
    const std::string second = canonical(b.host);
    if (first == second) return true;
    const std::string all = is_ipv4(first) ? "0.0.0.0" : "::";
    const bool one_family = is_ipv4(first) == is_ipv4(second);
    return one_family && (first == all || second == all);
}

}  // namespace

std::optional<listen_address> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = parse_integer(text.substr(colon + 1));
    if (!port || *port > UINT16_MAX) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    if (host.find('\0') != std::string_view::npos) return std::nullopt;
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    listen_address address{std::string(host), static_cast<std::uint16_t>(*port)};
    const bool known = bracketed ? parse_ipv6(address.host).has_value()
                                 : host == "localhost" || is_ipv4(address.host);
    if (!known) return std::nullopt;
    return address;
}

std::string to_string(const listen_address& address) {
    const bool ipv6 = address.host.find(':') != std::string::npos;
    const std::string host = ipv6 ? "[" + address.host + "]" : address.host;
    return host + ":" + std::to_string(address.port);
}

bool is_taken(const listen_address& address, const std::vector<listen_address>& others) {
    return std::ranges::any_of(others, [&](const listen_address& other) {
        return overlap(address, other);
    });
}

bool is_loopback(const listen_address& address) {
    if (address.host == "localhost") return true;
    if (const auto ipv6 = parse_ipv6(address.host)) return is_loopback(*ipv6);
    return is_ipv4(address.host) && address.host.starts_with("127.");
}

}  // namespace sluice::gateway
