#pragma once

#include "gateway/config/configuration.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// `127.0.0.1:8080`, `[::1]:0` or `localhost:8080`; nothing for any other form.
std::optional<listen_address> parse_listen_address(std::string_view text);

/// The same form back, IPv6 in brackets.
std::string to_string(const listen_address& address);

/// Only this machine can connect to it.
bool is_loopback(const listen_address& address);

}  // namespace sluice::gateway
