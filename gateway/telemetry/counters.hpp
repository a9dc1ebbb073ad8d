#pragma once

#include "upstream/generation.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace sluice::gateway {

/// A number that one worker changes and others may read: a plain load and store, no locked
/// instruction.
class counter {
 public:
    void add(std::int64_t amount) {
        value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
    std::atomic<std::int64_t> value_{0};
};

/// The figures of one worker. Changed by its thread only.
struct counters {
    static constexpr std::size_t status_classes = 6;

    counter connections;   ///< open now
    counter streams_live;  ///< being generated now
    counter readers;       ///< taking a stream now
    counter input_tokens;
    counter output_tokens;  ///< of streams that have ended
    counter content_items;  ///< about a token each, as they come
    counter upstream_resent;
    std::array<counter, upstream::outcome_count> outcomes;  ///< by upstream::outcome
    std::array<counter, status_classes> requests;           ///< by the first digit of the status
};

}  // namespace sluice::gateway
