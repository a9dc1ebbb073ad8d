#pragma once

#include "upstream/source.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace sluice::upstream::mock {

/// Puts `SEQ@NS ` before each text of an answer: its number within its choice, from 0, and the time
/// on the machine's monotonic clock in nanoseconds. So can a reader on the same machine tell what
/// was lost or doubled on the way to it, and how long the way took.
class stamps {
 public:
    /// The batch's texts are good until the next call.
    void add(batch& to, std::chrono::steady_clock::time_point now);

 private:
    std::vector<std::uint64_t> next_;  ///< by choice
    std::deque<std::string> texts_;    ///< reused; a deque, for views into them must stay
};

}  // namespace sluice::upstream::mock
