#pragma once

#include "gateway/load/report/histogram.hpp"

#include <cstdint>
#include <limits>

/// How far a figure may be off because a run has only so many samples. 99 of 100 such spans hold
/// the true figure; samples are taken for independent of each other. Pure.
namespace sluice::gateway::load {

struct span {
    double low = 0;
    double high = std::numeric_limits<double>::infinity();  ///< too few samples to bound it

    bool above(const span& other) const { return low > other.high; }
};

/// Of a percentile, by the ranks between which the true one lies whatever the distribution is.
span percentile_span(const histogram& times, double share);
/// Of a rate that so many streams made.
span rate_span(double rate, std::uint64_t streams);
/// Of a share: `hits` of `all`.
span share_span(std::uint64_t hits, std::uint64_t all);

}  // namespace sluice::gateway::load
