#pragma once

#include "gateway/load/plan.hpp"
#include "gateway/load/speech/speech.hpp"

#include <string>
#include <string_view>

namespace sluice::gateway::load {

/// The HTTP request that begins a stream. Headers of the plan go before those of the codec.
std::string post_request(const plan& settings, const exchange& begun);

/// The HTTP request that reads a stream which is there; behind `last_event_id`, where it is not
/// empty.
std::string get_request(
    const plan& settings, std::string_view path, std::string_view last_event_id
);

}  // namespace sluice::gateway::load
