#pragma once

#include "gateway/load/wire/target.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Each local address has its own ports towards a server, some 28,000 of them. Clients that bind to
/// several addresses in turn do not run out.
namespace sluice::gateway::load {

/// Local ports that the kernel gives to connections; both ends are among them.
struct port_range {
    std::uint32_t first = 32768;  ///< what Linux comes with
    std::uint32_t last = 60999;

    std::size_t count() const { return last < first ? 0 : last - first + 1; }
    bool operator==(const port_range&) const = default;
};

/// Addresses that clients bind to in turn. None: the kernel chooses. A value; owned by one thread.
class source_addresses {
 public:
    /// More of them than any process has descriptors for; a slip like `10.0.0.0/8` is told instead.
    static constexpr std::size_t count_max = 4096;

    source_addresses() = default;
    explicit source_addresses(std::vector<endpoint> all) : all_(std::move(all)) {}

    bool empty() const { return all_.empty(); }
    std::size_t size() const { return all_.size(); }
    /// Their port is 0. Not to be called when there are none.
    const endpoint& next();
    /// Why a connection to `to` cannot come from them: a sentence.
    std::optional<std::string> mismatch(const endpoint& to) const;
    /// As people write them: `127.0.0.2`.
    std::vector<std::string> names() const;
    const std::vector<endpoint>& all() const { return all_; }

 private:
    std::vector<endpoint> all_;
    std::size_t at_ = 0;
};

/// `127.0.0.2-127.0.0.9`, `10.0.0.0/29`, `fd00::1`, and lists of them with commas; all of one
/// family. A network stands for the addresses of its hosts. An error is a sentence that names the
/// text.
boost::system::result<source_addresses, std::string> parse_source_addresses(std::string_view text);

/// As many addresses of 127.0.0.0/8 as `connections` need that are there at once, or still wait out
/// their end. None where one does, or where the target is not in that network: other addresses are
/// for their owner to choose.
source_addresses automatic_source_addresses(
    const endpoint& to, std::size_t connections, port_range ports
);

/// Binds a TCP socket that is not connected yet. Its port is chosen when it connects, so that other
/// connections from the same port do no harm. False: errno says why.
bool bind_source(int fd, const endpoint& source);

/// Why clients cannot bind to one of them, tried on sockets of its own: a sentence that names it.
std::optional<std::string> try_to_bind(const source_addresses& sources);

/// What a process may have.
struct socket_limits {
    std::uint64_t descriptors = 0;
    port_range ports;
};

/// Of this process: RLIMIT_NOFILE, and net.ipv4.ip_local_port_range (IPv6 goes by it too).
socket_limits read_socket_limits();

/// The two numbers of `/proc/sys/net/ipv4/ip_local_port_range`. Pure.
std::optional<port_range> parse_port_range(std::string_view text);

/// Why so many clients cannot be connected to one server at once from so many addresses (0: the
/// kernel chooses one): a sentence that says what would help. Pure.
std::optional<std::string> check_limits(
    std::size_t clients, std::size_t addresses, const socket_limits& limits
);

}  // namespace sluice::gateway::load
