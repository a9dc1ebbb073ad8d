#pragma once

#include "upstream/mock/figures.hpp"

#include <chrono>
#include <cstdint>

namespace sluice::upstream::mock {

/// What one request adds to the figures of its model, which all threads share: gathered here, so
/// that a token costs little. Counts of tokens are told every `tokens_per_telling`, all else as the
/// request begins, with its first token, and as it ends. One that is destroyed before it has ended
/// was aborted.
class request_record {
 public:
    using time_point = std::chrono::steady_clock::time_point;

    /// So far may the shared counts be behind, of each request.
    static constexpr std::int64_t tokens_per_telling = 64;

    /// `into` outlives this.
    request_record(figures& into, time_point arrived) : into_(into), arrived_(arrived) {}
    ~request_record() { end(figures::end::abort, latest_); }
    request_record(const request_record&) = delete;
    request_record& operator=(const request_record&) = delete;

    /// It has a slot, and its prompt is read.
    void begin(time_point now, std::int64_t prompt_tokens);
    /// The next round of tokens was due.
    void token(time_point due);
    /// So many more tokens have been taken. They are told by and by.
    void taken(std::int64_t tokens);
    /// Only the first end counts.
    void end(figures::end how, time_point at);

 private:
    void tell();

    figures& into_;
    time_point arrived_;
    time_point latest_ = arrived_;
    gap_counts gaps_;
    std::int64_t rounds_ = 0;
    std::int64_t untold_ = 0;  ///< tokens
    std::int64_t held_ = 0;    ///< tokens that were told as held
    bool begun_ = false;
    bool over_ = false;
};

}  // namespace sluice::upstream::mock
