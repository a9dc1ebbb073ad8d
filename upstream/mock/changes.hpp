#pragma once

#include "upstream/mock/settings.hpp"

#include <chrono>
#include <utility>
#include <vector>

namespace sluice::upstream::mock {

/// Changes over time, from the beginning of a model on. Pure, and never changed once made.
class timeline {
 public:
    using time_point = std::chrono::steady_clock::time_point;

    timeline(std::vector<change> changes, time_point beginning)
        : changes_(std::move(changes)), beginning_(beginning) {}

    /// Changes that are there at the same time multiply.
    double ttft_factor(time_point at) const;
    double gap_factor(time_point at) const;
    /// The end of the standstill at that time; `at` itself where there is none.
    time_point released(time_point at) const;

    /// Calls `told` with each change that asks for an error then, until it returns true.
    template <class Told>
    void errors_at(time_point at, Told told) const {
        for (const change& change : changes_) {
            if (change.error && active(change, at) && told(change)) return;
        }
    }

 private:
    bool active(const change& change, time_point at) const;
    time_point end_of(const change& change, time_point at) const;

    std::vector<change> changes_;
    time_point beginning_;
};

}  // namespace sluice::upstream::mock
