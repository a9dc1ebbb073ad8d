#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace sluice::gateway {

/// A request as its span tells it, once it has ended, whatever it came to. What is empty is not
/// known, or there is none. Views are good for the call that it is handed over in.
struct served_request {
    using clock = std::chrono::steady_clock;

    std::string_view operation;    ///< GenAI conventions: chat, text_completion, ...
    std::string_view model;        ///< as the client named it
    std::optional<bool> streamed;  ///< it asked for a stream
    std::string_view route;        ///< as configured, perhaps a pattern
    std::string_view dialect;
    std::string_view key_id;
    std::string_view request_id;
    std::string_view stream;   ///< short hash of the stream's id
    int status = 0;            ///< of HTTP, that the client is told
    std::string_view outcome;  ///< as in the log
    std::string_view failure;  ///< the failure's type, which says more than the outcome
    clock::time_point asked;   ///< when it had come
    clock::time_point ended;
};

}  // namespace sluice::gateway
