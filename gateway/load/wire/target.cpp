#include "gateway/load/wire/target.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <optional>

namespace sluice::gateway::load {

namespace {

bool is_port(std::string_view text) {
    std::uint16_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() && value != 0;
}

/// A request is written with these bytes as they are: nothing in them may end its line.
bool is_clean(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return c > 0x20 && c < 0x7F;
    });
}

/// Sets host and port from HOST, HOST:PORT or [ADDRESS]:PORT.
bool split_authority(target& to) {
    const std::string_view all = to.authority;
    std::size_t host_end = 0;
    if (all.starts_with('[')) {
        host_end = all.find(']');
        if (host_end == std::string_view::npos) return false;
        to.host = all.substr(1, host_end - 1);
        ++host_end;
    } else {
        host_end = std::min(all.find(':'), all.size());
        to.host = all.substr(0, host_end);
    }
    if (to.host.empty()) return false;
    if (host_end == all.size()) return true;
    if (all[host_end] != ':') return false;
    to.port = all.substr(host_end + 1);
    return is_port(to.port);
}

}  // namespace

boost::system::result<target, std::string> parse_target(std::string_view url) {
    const std::string named = "'" + std::string(url) + "'";
    target to;
    std::string_view rest = url;
    if (rest.starts_with("https://")) {
        to.tls = true;
        rest.remove_prefix(8);
    } else if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else {
        return named + " does not begin with http:// or https://";
    }
    if (!is_clean(rest) || rest.find_first_of("@#") != std::string_view::npos) {
        return named + " holds a blank, a user name, a fragment or other than ASCII characters";
    }
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    to.authority = rest.substr(0, end);
    to.port = to.tls ? "443" : "80";
    to.path = rest.substr(end);
    if (!to.path.starts_with('/')) to.path.insert(0, "/");
    if (!split_authority(to)) return named + " has no host, or a port that is not 1 to 65535";
    return to;
}

boost::system::result<endpoint, std::string> resolve(const target& to) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(to.host.c_str(), to.port.c_str(), &wanted, &found);
    if (error != 0) return "'" + to.host + "' has no address: " + ::gai_strerror(error);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
    endpoint first;
    std::memcpy(&first.address, found->ai_addr, found->ai_addrlen);
    first.size = found->ai_addrlen;
    return first;
}

}  // namespace sluice::gateway::load
