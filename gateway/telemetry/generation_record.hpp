#pragma once

#include "upstream/generation.hpp"
#include "upstream/source.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::gateway {

/// One generation as it went, made where it ends, for metrics and traces. Views are good for the
/// call that it is handed over in.
struct generation_record {
    using clock = std::chrono::steady_clock;

    std::string_view route;  ///< as configured, perhaps a pattern
    std::string_view model;  ///< as the client named it
    std::string_view dialect;
    std::string_view operation;  ///< GenAI conventions: chat, text_completion, ...
    std::string_view key_id;
    std::string_view request_id;
    bool streamed = false;
    bool measured = true;     ///< an operator wants to know how long things take
    clock::time_point asked;  ///< when the request had come
    clock::time_point begun;  ///< when a provider was asked first
    std::optional<clock::time_point> first_content;
    clock::time_point ended;
    std::int64_t content_items = 0;  ///< about a token each
    upstream::usage usage;           ///< estimated where the provider told none
    int status = 0;                  ///< of HTTP, that the client is told; zero: none
    const upstream::ending& ending;
    const upstream::response_head& upstream;  ///< with the trail of attempts
};

}  // namespace sluice::gateway
