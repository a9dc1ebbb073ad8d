#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// Whom a request is sent to. Brackets of IPv6 are no part of the address.
struct server_address {
    std::string address;               ///< empty: not known
    std::optional<std::int64_t> port;  ///< nothing: not known

    bool operator==(const server_address&) const = default;
};

/// Of `host` or `host:port`, as in the header Host.
server_address read_authority(std::string_view text);
/// Of a URL of http or https, whose port need not be said. What stands before an `@` is no part.
server_address address_of_url(std::string_view url);

}  // namespace sluice::gateway
