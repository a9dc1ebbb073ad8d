#pragma once

#include "upstream/generation.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sluice::gateway {

/// What the usage ledger keeps of one request that was let in. No prompt, no answer, no secret.
struct ledger_record {
    std::chrono::system_clock::time_point started;
    std::string request_id;
    std::string stream;                         ///< short hash of the stream's id
    std::string key;                            ///< the client key's id; empty without keys
    std::map<std::string, std::string> labels;  ///< the key's
    std::string model;                          ///< as the client named it
    std::string target;                         ///< provider/model that answered, or was asked last
    std::string dialect;
    bool streamed = false;
    upstream::outcome outcome = upstream::outcome::completed;
    int attempts = 0;
    upstream::usage usage;
    std::optional<std::int64_t> cost;  ///< billionths; nothing: the target has no price
    std::optional<std::chrono::milliseconds> ttft;
    std::chrono::milliseconds duration{0};
};

}  // namespace sluice::gateway
