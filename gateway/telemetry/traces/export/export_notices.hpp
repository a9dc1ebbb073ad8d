#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace sluice::gateway {

/// Which news of exports are told in the log, where many batches of many workers have the same: a
/// failing collector once, and once that it works again; the rest once a minute. Shared by all
/// workers; any thread.
class export_notices {
 public:
    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::minutes pause{1};

    /// An export failed. True: that is news.
    bool failed(clock::time_point now);
    /// An export was taken. True: it was told that they fail, and they don't any more.
    bool worked();
    /// Spans were dropped. True: it is to be told.
    bool dropped(clock::time_point now) { return dropped_told_.due(now); }
    /// The collector refused spans of an export. True: it is to be told.
    bool refused(clock::time_point now) { return refused_told_.due(now); }

 private:
    class last_time {
     public:
        bool due(clock::time_point now);

     private:
        std::atomic<clock::rep> next_{clock::time_point::min().time_since_epoch().count()};
    };

    std::atomic<bool> failing_{false};
    last_time failure_told_;
    last_time dropped_told_;
    last_time refused_told_;
};

}  // namespace sluice::gateway
