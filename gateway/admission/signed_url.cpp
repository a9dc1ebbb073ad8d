#include "gateway/admission/signed_url.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace sluice::gateway {

namespace {

std::int64_t unix_seconds(std::chrono::system_clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

std::string url_signer::sign(
    std::string_view stream_id, std::chrono::system_clock::time_point expires
) const {
    const auto until = std::to_string(unix_seconds(expires));
    return std::string("/v1/streams/")
        .append(stream_id)
        .append("?expires=")
        .append(until)
        .append("&signature=")
        .append(digest(stream_id, until));
}

bool url_signer::verify(
    std::string_view stream_id,
    const url_signature& signature,
    std::chrono::system_clock::time_point now
) const {
    const auto wanted = digest(stream_id, signature.expires);
    if (signature.signature.size() != wanted.size()) return false;
    if (CRYPTO_memcmp(signature.signature.data(), wanted.data(), wanted.size()) != 0) return false;
    std::int64_t expires = 0;
    const auto* end = signature.expires.data() + signature.expires.size();
    const auto [stop, error] = std::from_chars(signature.expires.data(), end, expires);
    return error == std::errc{} && stop == end && unix_seconds(now) < expires;
}

std::string url_signer::digest(std::string_view stream_id, std::string_view expires) const {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto text = std::string(stream_id).append("\n").append(expires);
    std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes{};
    HMAC(
        EVP_sha256(),
        secret_.data(),
        static_cast<int>(secret_.size()),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        bytes.data(),
        nullptr
    );
    std::string hex;
    for (const auto byte : bytes) {
        hex += digits[byte >> 4U];
        hex += digits[byte & 0xFU];
    }
    return hex;
}

}  // namespace sluice::gateway
