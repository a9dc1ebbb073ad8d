#include "gateway/admission/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <cstdint>

namespace sluice::gateway {

namespace {

std::int64_t unix_seconds(std::chrono::system_clock::time_point at) {
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

}  // namespace

std::string sign_text(std::string_view secret, std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes{};
    HMAC(
        EVP_sha256(),
        secret.data(),
        static_cast<int>(secret.size()),
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

bool is_signature_of(std::string_view signature, std::string_view secret, std::string_view text) {
    const auto wanted = sign_text(secret, text);
    return signature.size() == wanted.size() &&
           CRYPTO_memcmp(signature.data(), wanted.data(), wanted.size()) == 0;
}

std::string unix_text(std::chrono::system_clock::time_point at) {
    return std::to_string(unix_seconds(at));
}

bool is_ahead(std::string_view text, std::chrono::system_clock::time_point now) {
    std::int64_t at = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, at);
    return error == std::errc{} && stop == end && unix_seconds(now) < at;
}

}  // namespace sluice::gateway
