#pragma once

#include "gateway/load/target.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway::load {

/// What becomes of a connection's stream, and when the run ends.
enum class pattern {
    once,   ///< each connection carries one stream; the run ends with the last
    loop,   ///< each starts its next stream as soon as one has ended, for `duration_s`
    hold,   ///< all streams are held open until `duration_s` is over, or a signal
    leave,  ///< the client leaves every stream, at random times within `leave_s`
    read,   ///< each reads what is there already, until all have the stream's last token
};

/// What one run of the load client does. Times are seconds unless named otherwise.
struct plan {
    target to;
    std::size_t connections = 1;
    std::uint64_t tokens = 8;   ///< asked for per stream; with `read`: that it has
    double rate = 0;            ///< tokens per second and stream; 0: as fast as they go
    std::uint32_t ttft_ms = 0;  ///< the provider waits so long before its first token
    std::string model = "bench";
    std::vector<std::pair<std::string, std::string>> headers;
    bool insecure = false;       ///< believe any certificate
    std::uint64_t first_id = 0;  ///< streams are numbered from here

    pattern shape = pattern::once;
    double duration_s = 0;  ///< of the measuring window; 0 with `hold`: until a signal
    double ramp_s = 0;      ///< the first starts are spread evenly over it
    double leave_s = 0;
    double timeout_s = 60;  ///< the run fails when nothing at all arrives for so long
};

}  // namespace sluice::gateway::load
