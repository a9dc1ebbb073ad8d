#pragma once

#include "gateway/config/configuration.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// Finds the client key that a secret belongs to: its SHA-256 is compared with every configured one
/// in constant time. Null: none.
const client_key* find_key(const std::vector<client_key>& keys, std::string_view secret);

/// The secret in `Authorization: Bearer ...` or, failing that, in `x-api-key`.
std::optional<std::string_view> presented_key(
    std::optional<std::string_view> authorization, std::optional<std::string_view> api_key
);

}  // namespace sluice::gateway
