#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::gateway {

/// What the query of a signed URL says.
struct url_signature {
    std::string expires;    ///< Unix seconds
    std::string signature;  ///< hex
};

/// Signs the URLs of streams, so that a browser can read and stop one stream for a while without a
/// key: HMAC-SHA256 over the stream's id and the time at which that ends. Immutable; any thread.
class url_signer {
 public:
    explicit url_signer(std::string secret) : secret_(std::move(secret)) {}

    /// `/v1/streams/{id}?expires=...&signature=...`
    std::string sign(std::string_view stream_id, std::chrono::system_clock::time_point expires)
        const;

    /// Whether it was made here for that stream, and is still good.
    bool verify(
        std::string_view stream_id,
        const url_signature& signature,
        std::chrono::system_clock::time_point now
    ) const;

 private:
    std::string secret_;
};

}  // namespace sluice::gateway
