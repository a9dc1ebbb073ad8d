#include "gateway/http/listener.hpp"

#include <boost/asio/detail/socket_option.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <sys/socket.h>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr int backlog = 4096;

std::string show(const tcp::endpoint& endpoint) {
    const auto host = endpoint.address().to_string();
    const auto port = std::to_string(endpoint.port());
    return endpoint.address().is_v6() ? "[" + host + "]:" + port : host + ":" + port;
}

boost::system::result<tcp::endpoint, std::string> resolve(const listen_address& address) {
    boost::system::error_code error;
    const auto host = address.host == "localhost" ? std::string{"127.0.0.1"} : address.host;
    const auto ip = asio::ip::make_address(host, error);
    if (error) return "cannot listen on '" + address.host + "': it is no address of this machine";
    return tcp::endpoint{ip, address.port};
}

}  // namespace

boost::system::result<std::vector<bound_address>, std::string> reserve_addresses(
    const std::vector<listen_address>& addresses
) {
    asio::io_context context;
    std::vector<bound_address> bound;
    std::vector<tcp::acceptor> held;  // so that two addresses do not get the same free port
    for (const auto& address : addresses) {
        auto endpoint = resolve(address);
        if (!endpoint) return std::move(endpoint).error();
        boost::system::error_code error;
        tcp::acceptor plain{context};
        plain.open(endpoint->protocol(), error);
        if (!error && endpoint->address().is_v6()) plain.set_option(asio::ip::v6_only(true), error);
        // A server that was just stopped leaves connections in TIME_WAIT; they are no clash.
        if (!error) plain.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) plain.bind(*endpoint, error);
        if (!error) plain.listen(1, error);
        if (error) {
            const bool taken = error == asio::error::address_in_use;
            return "cannot listen on " + show(*endpoint) + ": " +
                   (taken ? "the port is already in use" : error.message());
        }
        const auto local = plain.local_endpoint();
        bound.push_back({local, show(local)});
        held.push_back(std::move(plain));
    }
    return bound;
}

tcp::acceptor open_acceptor(asio::io_context& context, const bound_address& address) {
    tcp::acceptor acceptor{context};
    acceptor.open(address.endpoint.protocol());
    if (address.endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true));
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    acceptor.set_option(reuse_port(true));
    // Who has left the queue again is told as an error: without it, accept() blocks for the next.
    acceptor.set_option(tcp::acceptor::enable_connection_aborted(true));
    acceptor.bind(address.endpoint);
    acceptor.listen(backlog);
    return acceptor;
}

}  // namespace sluice::gateway
