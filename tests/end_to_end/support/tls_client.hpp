#pragma once

#include "tests/end_to_end/support/http.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::end_to_end {

/// A self-signed certificate for localhost, and its key, as PEM.
struct tls_identity {
    std::string certificate;
    std::string private_key;
};
tls_identity make_tls_identity();

enum class tls_version { tls_1_1, tls_1_2, tls_1_3 };

/// One request in exactly that version of TLS, read to the end of the connection. Nothing when the
/// handshake is refused.
std::optional<http_response> ask_over_tls(
    std::uint16_t port, const request& message, tls_version version
);

}  // namespace sluice::end_to_end
