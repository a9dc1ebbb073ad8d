#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::gateway {

/// How one key fares.
struct key_figures {
    const client_key* key = nullptr;
    std::size_t streams = 0;  ///< of it that run
    std::vector<demand> bounds;
    std::vector<standing> standings;  ///< one for each bound
};

/// `{"keys": [...], "total": N}` in the order given; money in the prices' currency. Of a key only
/// what it is called and may do is told.
nlohmann::ordered_json keys_object(const std::vector<key_figures>& keys, std::size_t total);

/// The same of the keys that are configured, the first 1000 of them, as they stand now. `running`:
/// how many streams each one has.
boost::asio::awaitable<nlohmann::ordered_json> keys_now(
    worker& on,
    std::shared_ptr<const snapshot> serving,
    std::unordered_map<std::string, std::size_t> running
);

/// For operators: what each key has used of its limits, and what it may still have.
boost::asio::awaitable<bool> answer_key_list(request_scope& scope);

}  // namespace sluice::gateway
