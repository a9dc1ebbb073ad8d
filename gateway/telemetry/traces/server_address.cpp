#include "gateway/telemetry/traces/server_address.hpp"

#include <charconv>

namespace sluice::gateway {

namespace {

constexpr std::size_t address_bytes_max = 255;
constexpr std::int64_t port_max = 65535;

std::optional<std::int64_t> read_port(std::string_view digits) {
    std::int64_t port = 0;
    const auto* const end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, port);
    if (read.ec != std::errc{} || read.ptr != end || port < 1 || port > port_max)
        return std::nullopt;
    return port;
}

}  // namespace

server_address read_authority(std::string_view text) {
    const auto bracket = text.rfind(']');
    const auto colon = text.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    server_address read;
    if (has_port) read.port = read_port(text.substr(colon + 1));
    auto host = has_port ? text.substr(0, colon) : text;
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    read.address = host.substr(0, address_bytes_max);
    return read;
}

server_address address_of_url(std::string_view url) {
    const auto scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    auto authority = url.substr(scheme + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos)
        authority.remove_prefix(at + 1);
    auto read = read_authority(authority);
    if (!read.port && !read.address.empty()) read.port = url.starts_with("https:") ? 443 : 80;
    return read;
}

}  // namespace sluice::gateway
