#pragma once

#include <chrono>

namespace sluice::gateway {

/// One moment on both clocks: the one that measures, and the one that tells the time of day.
struct two_clocks {
    std::chrono::steady_clock::time_point steady;
    std::chrono::system_clock::time_point wall;

    static two_clocks now() {
        return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
    }
    std::chrono::system_clock::time_point wall_time_of(std::chrono::steady_clock::time_point at
    ) const {
        return wall + std::chrono::duration_cast<std::chrono::system_clock::duration>(at - steady);
    }
};

}  // namespace sluice::gateway
