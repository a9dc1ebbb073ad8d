#pragma once

#include "gateway/config/configuration.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <vector>

namespace sluice::gateway {

/// Where to listen, resolved, and with a free port chosen where none was named.
struct bound_address {
    boost::asio::ip::tcp::endpoint endpoint;
    std::string shown;  ///< for people: host:port, as in a URL
};

/// Binds each address once, plainly, so that a port in use is an error and not shared silently; the
/// workers then listen on it side by side. An error is a sentence for people.
boost::system::result<std::vector<bound_address>, std::string> reserve_addresses(
    const std::vector<listen_address>& addresses
);

/// One worker's listening socket on an address, beside the other workers' (SO_REUSEPORT).
/// Throws boost::system::system_error.
boost::asio::ip::tcp::acceptor open_acceptor(
    boost::asio::io_context& context, const bound_address& address
);

}  // namespace sluice::gateway
