#pragma once

#include "gateway/doctor/facts.hpp"
#include "gateway/doctor/wire.hpp"

#include <chrono>
#include <string>

namespace sluice::gateway::doctor {

struct examination_settings {
    gateway_address gateway;
    std::chrono::milliseconds watch{5000};  ///< how long streams are looked at
    std::string model;                      ///< a mock's; empty: the first that is listed as one
    std::chrono::milliseconds idle{0};      ///< above zero: so long a silence is tried, too
};

/// Asks the gateway, reads its live feed and streams of its mock, leaves one and comes back to one.
/// Takes `watch`, `idle` and a few seconds; at most half a minute more where nothing answers.
facts examine(const examination_settings& settings);

/// Whether a URL's host is this machine.
bool is_loopback(const std::string& url);

}  // namespace sluice::gateway::doctor
