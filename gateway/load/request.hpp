#pragma once

#include "gateway/load/plan.hpp"

#include <cstdint>
#include <string>

namespace sluice::gateway::load {

/// The HTTP request for stream `id`: a streamed chat completion whose prompt tells the paced
/// provider what to send (`bench id=K tokens=N rate=R ttft_ms=T`). With `read`, a GET.
std::string request_for(const plan& settings, std::uint64_t id);

}  // namespace sluice::gateway::load
