#pragma once

#include "gateway/load/plan.hpp"
#include "gateway/load/report/outcome.hpp"
#include "gateway/load/worker.hpp"

#include <boost/system/result.hpp>

#include <functional>
#include <string>
#include <vector>

namespace sluice::gateway::load {

/// Told several times a second while a run goes on; `seconds` are those of the run so far. False:
/// no stream is to be begun any more.
using run_watcher =
    std::function<bool(const run_glance& glance, const std::vector<interval>& seconds)>;

/// Runs a plan with its workers on threads of their own, and waits for it; the calling thread
/// watches. SIGINT and SIGTERM end the starting, a second one ends the run. What the outcome says
/// of URL, version and command is the caller's to fill in. An error is a sentence: nothing was
/// measured.
boost::system::result<run_outcome, std::string> run_plan(
    const plan& settings, const run_watcher& watch
);

}  // namespace sluice::gateway::load
