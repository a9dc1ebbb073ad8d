#pragma once

#include "gateway/config/configuration.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// `127.0.0.1:8080`, `[::1]:0` or `localhost:8080`; nothing for any other form.
std::optional<listen_address> parse_listen_address(std::string_view text);

/// The same form back, IPv6 in brackets.
std::string to_string(const listen_address& address);

/// One of `others` has the port of this address already, there or at all addresses of its family.
/// Port 0 is a free one each time.
bool is_taken(const listen_address& address, const std::vector<listen_address>& others);

/// Only this machine can connect to it.
bool is_loopback(const listen_address& address);

}  // namespace sluice::gateway
