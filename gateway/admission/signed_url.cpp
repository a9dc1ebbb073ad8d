#include "gateway/admission/signed_url.hpp"

#include "gateway/admission/signature.hpp"

namespace sluice::gateway {

namespace {

std::string signed_text(std::string_view stream_id, std::string_view expires) {
    return std::string(stream_id).append("\n").append(expires);
}

}  // namespace

std::string url_signer::sign(
    std::string_view stream_id, std::chrono::system_clock::time_point expires
) const {
    const auto until = unix_text(expires);
    return std::string("/v1/streams/")
        .append(stream_id)
        .append("?expires=")
        .append(until)
        .append("&signature=")
        .append(sign_text(secret_, signed_text(stream_id, until)));
}

bool url_signer::verify(
    std::string_view stream_id,
    const url_signature& signature,
    std::chrono::system_clock::time_point now
) const {
    const auto text = signed_text(stream_id, signature.expires);
    return is_signature_of(signature.signature, secret_, text) && is_ahead(signature.expires, now);
}

}  // namespace sluice::gateway
