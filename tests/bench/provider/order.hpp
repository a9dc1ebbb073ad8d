#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::bench {

/// What a request asks the paced provider for.
struct order {
    std::uint64_t id = 0;
    std::uint64_t tokens = 8;
    double rate = 0;           ///< tokens per second; 0: one after another without waiting
    std::int64_t ttft_ns = 0;  ///< from the request to the first token
    bool usage = false;        ///< a frame with the usage before the end
};

/// Reads `bench id=K tokens=N rate=R ttft_ms=T` and `"include_usage":true` wherever they stand in
/// the body; what is not there keeps its default.
order order_of(std::string_view body);

}  // namespace sluice::bench
