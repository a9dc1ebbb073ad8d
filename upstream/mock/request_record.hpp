#pragma once

#include "upstream/mock/figures.hpp"

#include <chrono>
#include <cstdint>

namespace sluice::upstream::mock {

/// What one request adds to the figures of its model: gathered here, so that a token costs little,
/// and settled at its end. One that is destroyed before it has ended was aborted.
class request_record {
 public:
    using time_point = std::chrono::steady_clock::time_point;

    /// `into` outlives this.
    request_record(figures& into, time_point arrived) : into_(into), arrived_(arrived) {}
    ~request_record() { end(figures::end::abort, latest_); }
    request_record(const request_record&) = delete;
    request_record& operator=(const request_record&) = delete;

    /// It has a slot, and its prompt is read.
    void begin(time_point now, std::int64_t prompt_tokens);
    /// The next round of tokens was due.
    void token(time_point due);
    /// So many more tokens have been taken.
    void taken(std::int64_t tokens);
    /// Only the first end counts.
    void end(figures::end how, time_point at);

 private:
    figures& into_;
    time_point arrived_;
    time_point latest_ = arrived_;
    gap_counts gaps_;
    std::int64_t rounds_ = 0;
    std::int64_t held_ = 0;
    bool begun_ = false;
    bool over_ = false;
};

}  // namespace sluice::upstream::mock
