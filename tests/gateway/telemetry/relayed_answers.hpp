#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/codec.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

/// Answers as providers give them to clients of their own APIs.
namespace sluice::gateway::testing {

using nlohmann::json;

struct relayed_text {
    std::string name;
    upstream::api spoken;
    bool streamed;
    std::string text;
    std::string words;  ///< of it, for a person
    json messages;      ///< it, as spans have it
};

/// One of every API, streamed and as a document. Each says as much as its API can: a thought, a
/// text and a call.
std::vector<relayed_text> relayed_answers();

/// The codec that relays what is asked for.
std::unique_ptr<upstream::codec> relaying_codec(const upstream::call& asked);

}  // namespace sluice::gateway::testing
