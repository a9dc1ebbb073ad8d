#pragma once

#include "gateway/load/report/figures.hpp"

#include <span>

namespace sluice::gateway::load {

/// Whether streams steadily come faster than they end, so that a longer run would only be worse:
/// a run that searches can be broken off. Pure; made to be asked once a second.
///
/// `seconds` are whole ones, from the run's beginning, at a steady rate. The first third is taken
/// for the filling of an idle server and not looked at. Over the rest, live streams have to grow in
/// a straight line: by a tenth of those that were due, by more than chance does, in the second half
/// about as fast as in the first, and for longer than streams stay. Until that is certain, 21
/// seconds at the least, it says no.
bool is_outrun(std::span<const interval> seconds);

}  // namespace sluice::gateway::load
