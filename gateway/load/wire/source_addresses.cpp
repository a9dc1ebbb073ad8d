#include "gateway/load/wire/source_addresses.hpp"

#include "gateway/load/wire/descriptor.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <sstream>
#include <sys/resource.h>
#include <system_error>

namespace sluice::gateway::load {

namespace {

/// Of an address's ports, the part that is counted on: others may use them, and those of ended
/// connections are blocked for a while. About 20,000 of the usual range.
constexpr double usable_share = 0.7;
/// For what is no client: event loops, files, the terminal, libraries.
constexpr std::uint64_t other_descriptors = 64;

bool is_loopback_4(const endpoint& to) {
    if (to.address.ss_family != AF_INET) return false;
    sockaddr_in address{};
    std::memcpy(&address, &to.address, sizeof address);
    return ntohl(address.sin_addr.s_addr) >> 24 == 127;
}

endpoint endpoint_4(std::uint32_t host_order) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(host_order);
    endpoint made;
    std::memcpy(&made.address, &address, sizeof address);
    made.size = sizeof address;
    return made;
}

std::string name_of(const endpoint& source) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const void* raw = nullptr;
    sockaddr_in four{};
    sockaddr_in6 six{};
    std::memcpy(&four, &source.address, sizeof four);
    std::memcpy(&six, &source.address, sizeof six);
    if (source.address.ss_family == AF_INET) raw = &four.sin_addr;
    if (source.address.ss_family == AF_INET6) raw = &six.sin6_addr;
    if (raw == nullptr) return "?";
    const int family = source.address.ss_family;
    return ::inet_ntop(family, raw, text.data(), text.size()) == nullptr ? "?" : text.data();
}

}  // namespace

const endpoint& source_addresses::next() {
    const endpoint& chosen = all_[at_];
    at_ = (at_ + 1) % all_.size();
    return chosen;
}

std::optional<std::string> source_addresses::mismatch(const endpoint& to) const {
    if (empty() || all_.front().address.ss_family == to.address.ss_family) return std::nullopt;
    return "the source address " + name_of(all_.front()) + " and the target's address " +
           name_of(to) + " are not both IPv4 or both IPv6";
}

std::vector<std::string> source_addresses::names() const {
    std::vector<std::string> all;
    std::transform(all_.begin(), all_.end(), std::back_inserter(all), name_of);
    return all;
}

source_addresses automatic_source_addresses(
    const endpoint& to, std::size_t connections, port_range ports
) {
    if (!is_loopback_4(to)) return {};
    const double each = std::max(usable_share * static_cast<double>(ports.count()), 1.0);
    const auto needed = static_cast<std::size_t>(static_cast<double>(connections) / each) + 1;
    if (needed <= 1) return {};
    // 127.0.0.1 is left to everybody else on this machine.
    constexpr std::uint32_t first = 0x7F000002;
    std::vector<endpoint> all;
    for (std::uint32_t i = 0; i < std::min(needed, source_addresses::count_max); ++i)
        all.push_back(endpoint_4(first + i));
    return source_addresses(std::move(all));
}

bool bind_source(int fd, const endpoint& source) {
    const int on = 1;
    // Sockets of IPv6 take the option of IPv4 too.
    if (::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) != 0) return false;
    sockaddr_storage address = source.address;
    return ::bind(fd, reinterpret_cast<const sockaddr*>(&address), source.size) == 0;
}

std::optional<std::string> try_to_bind(const source_addresses& sources) {
    for (const endpoint& source : sources.all()) {
        const int kind = SOCK_STREAM | SOCK_CLOEXEC;
        const descriptor socket(::socket(source.address.ss_family, kind, 0));
        if (socket && bind_source(socket.get(), source)) continue;
        const int error = errno;
        if (error == EADDRNOTAVAIL) return name_of(source) + " is not an address of this machine";
        return "cannot bind to " + name_of(source) + ": " + std::generic_category().message(error);
    }
    return std::nullopt;
}

socket_limits read_socket_limits() {
    socket_limits limits;
    rlimit files{};
    limits.descriptors = ::getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : RLIM_INFINITY;
    std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
    std::string line;
    std::getline(file, line);
    limits.ports = parse_port_range(line).value_or(port_range{});
    return limits;
}

std::optional<port_range> parse_port_range(std::string_view text) {
    constexpr std::uint32_t port_max = 65535;
    std::istringstream words{std::string(text)};
    port_range range;
    if (!(words >> range.first >> range.last)) return std::nullopt;
    if (range.first == 0 || range.last > port_max || range.last < range.first) return std::nullopt;
    return range;
}

std::optional<std::string> check_limits(
    std::size_t clients, std::size_t addresses, const socket_limits& limits
) {
    const std::uint64_t wanted = clients + other_descriptors;
    if (wanted > limits.descriptors)
        return std::to_string(clients) + " clients need " + std::to_string(wanted) +
               " open descriptors, and this process may have " +
               std::to_string(limits.descriptors) + " (raise it with 'ulimit -n " +
               std::to_string(wanted) + "')";
    const std::size_t sources = std::max<std::size_t>(addresses, 1);
    const std::size_t ports = sources * limits.ports.count();
    if (clients <= ports) return std::nullopt;
    const std::string here = sources == 1 ? "one source address has "
                                          : std::to_string(sources) + " source addresses have ";
    return std::to_string(clients) + " clients need as many local ports, and " + here +
           std::to_string(ports) + " (net.ipv4.ip_local_port_range is " +
           std::to_string(limits.ports.first) + " to " + std::to_string(limits.ports.last) +
           "); name more source addresses, or widen the range";
}

}  // namespace sluice::gateway::load
