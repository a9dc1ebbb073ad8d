#pragma once

#include <atomic>
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

}  // namespace sluice::gateway
