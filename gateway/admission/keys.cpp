#include "gateway/admission/keys.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <array>
#include <cstring>

namespace sluice::gateway {

namespace {

using digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

/// A digest is as good as random: no guess comes nearer to a stored one by being nearer to its key.
std::uint64_t place_of(const digest& bytes) {
    std::uint64_t place = 0;
    std::memcpy(&place, bytes.data(), sizeof place);
    return place;
}

}  // namespace

key_ring::key_ring(const std::vector<client_key>& keys) {
    for (const auto& key : keys) {
        by_digest_.emplace(place_of(key.sha256), &key);
        by_id_.emplace(key.id, &key);
    }
}

const client_key* key_ring::find(std::string_view secret, time_point now) const {
    digest asked{};
    SHA256(reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), asked.data());
    const client_key* found = nullptr;
    const auto [begin, end] = by_digest_.equal_range(place_of(asked));
    for (auto at = begin; at != end; ++at) {
        if (CRYPTO_memcmp(at->second->sha256.data(), asked.data(), asked.size()) == 0)
            found = at->second;
    }
    OPENSSL_cleanse(asked.data(), asked.size());
    return found && found->expires && *found->expires <= now ? nullptr : found;
}

const client_key* key_ring::named(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
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
