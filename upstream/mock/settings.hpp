#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::upstream {

/// The built-in model as configured. A request's `X-Mock-*` settings override it for that request.
struct mock_settings {
    std::chrono::milliseconds ttft{200};  ///< time to first token
    double rate = 50;                     ///< tokens per second; 0: as fast as possible
    std::uint64_t seed = 1;
    std::optional<std::int64_t> tokens;  ///< exactly so many; nothing: about 60
};

}  // namespace sluice::upstream
