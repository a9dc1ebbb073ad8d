#pragma once

#include "gateway/config/configuration.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::gateway {

/// The keys that clients may have, to be found by what they present. Immutable; any thread.
class key_ring {
 public:
    using time_point = std::chrono::system_clock::time_point;

    /// `keys` outlives this.
    explicit key_ring(const std::vector<client_key>& keys);

    /// The key that a secret belongs to. Only SHA-256 digests are compared, and those in constant
    /// time: how long it takes tells nothing of how much of a guess was right. Null: none, or it
    /// has expired.
    const client_key* find(std::string_view secret, time_point now) const;
    /// By its id; expired ones, too. Null: there is none.
    const client_key* named(std::string_view id) const;
    bool empty() const { return by_id_.empty(); }

 private:
    std::unordered_multimap<std::uint64_t, const client_key*> by_digest_;  ///< by its first bytes
    std::unordered_map<std::string_view, const client_key*> by_id_;
};

/// The secret in `Authorization: Bearer ...` or, failing that, in `x-api-key`.
std::optional<std::string_view> presented_key(
    std::optional<std::string_view> authorization, std::optional<std::string_view> api_key
);

}  // namespace sluice::gateway
