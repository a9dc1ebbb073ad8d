#pragma once

#include <spdlog/sinks/base_sink.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace sluice::gateway {

/// Writes log lines to a descriptor from a thread of its own, some at a time: whoever logs neither
/// pays for the system call nor waits for a reader that has stopped reading.
///
/// Lines wait for 20 ms at most, or until `flush`, which takes 200 ms at most. Where more than 1
/// MiB waits, lines are dropped, and a line says how many. Any thread; what waits is written when
/// the sink dies.
class log_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
    /// `tell_dropped` makes the text of the line that tells of so many dropped ones.
    log_sink(int fd, std::function<std::string(std::size_t)> tell_dropped);
    ~log_sink() override;

    /// By all sinks of the process.
    static std::int64_t lines_dropped() { return all_dropped_.load(std::memory_order_relaxed); }

 private:
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override;

    void run();
    std::string take_waiting();
    void write_out(std::string_view text, int patience_ms) const;

    inline static std::atomic<std::int64_t> all_dropped_{0};

    // base_sink's mutex_ guards what follows.
    int fd_;
    std::function<std::string(std::size_t)> tell_dropped_;
    std::string waiting_;
    std::size_t dropped_ = 0;
    bool stopping_ = false;
    std::condition_variable_any news_;
    std::condition_variable_any written_;
    bool writing_ =
        false;  ///< the thread is, without the mutex: others keep lines in order and wait
    std::thread thread_;
};

}  // namespace sluice::gateway
