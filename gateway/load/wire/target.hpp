#pragma once

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <sys/socket.h>

namespace sluice::gateway::load {

/// What a URL says about where the requests go.
struct target {
    bool tls = false;
    std::string host;       ///< without the brackets of an IPv6 address
    std::string port;       ///< digits
    std::string authority;  ///< for the Host header, as it was written
    std::string path;       ///< with the query; "/" where the URL has none
};

/// Reads an http:// or https:// URL. An error is a sentence that names the URL.
boost::system::result<target, std::string> parse_target(std::string_view url);

/// A socket address, ready for connect().
struct endpoint {
    sockaddr_storage address{};
    socklen_t size = 0;
};

/// The first address of the target's host. Blocks while it asks. An error is a sentence.
boost::system::result<endpoint, std::string> resolve(const target& to);

}  // namespace sluice::gateway::load
