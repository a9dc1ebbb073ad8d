#include "gateway/admission/keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace sluice::gateway {

const client_key* find_key(const std::vector<client_key>& keys, std::string_view secret) {
    std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data());
    const client_key* found = nullptr;
    for (const auto& key : keys) {
        if (CRYPTO_memcmp(key.sha256.data(), digest.data(), digest.size()) == 0) found = &key;
    }
    return found;
}

std::optional<std::string_view> presented_key(
    std::optional<std::string_view> authorization, std::optional<std::string_view> api_key
) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization && authorization->size() > scheme.size()) {
        bool bearer = true;
        for (std::size_t i = 0; i < scheme.size(); ++i) {
            const char c = (*authorization)[i];
            bearer = bearer && (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) == scheme[i];
        }
        if (bearer) {
            auto secret = authorization->substr(scheme.size());
            while (secret.starts_with(' '))
                secret.remove_prefix(1);
            return secret;
        }
    }
    return api_key;
}

}  // namespace sluice::gateway
