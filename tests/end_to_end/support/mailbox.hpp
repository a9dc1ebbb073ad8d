#pragma once

#include "tests/end_to_end/support/socket.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace sluice::end_to_end {

/// Values handed from one thread to another, in order.
template <class Value>
class mailbox {
 public:
    void put(Value value) {
        {
            const std::lock_guard lock(mutex_);
            values_.push_back(std::move(value));
        }
        arrived_.notify_all();
    }

    std::optional<Value> take(milliseconds limit = patience) {
        std::unique_lock lock(mutex_);
        if (!arrived_.wait_for(lock, limit, [this] { return !values_.empty(); }))
            return std::nullopt;
        Value value = std::move(values_.front());
        values_.pop_front();
        return value;
    }

    /// The next value, which must come.
    Value expect() {
        auto value = take();
        if (!value) throw harness_error("what was waited for did not come");
        return *std::move(value);
    }

 private:
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Value> values_;
};

struct token {};

/// Lets one waiting step of a script go on per `open`.
class gate {
 public:
    void open(int steps = 1) {
        for (int i = 0; i < steps; ++i)
            steps_.put(token{});
    }
    bool pass(milliseconds limit) { return steps_.take(limit).has_value(); }

 private:
    mailbox<token> steps_;
};

}  // namespace sluice::end_to_end
