#pragma once

#include <spdlog/sinks/base_sink.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace sluice::gateway {

/// Writes log lines to a descriptor from a thread of its own, some at a time: whoever logs neither
/// pays for the system call nor waits for a reader that has stopped reading.
///
/// Lines wait for 20 ms at most, or until `flush`. Where more than 1 MiB waits, lines are dropped,
/// and a line says how many. Any thread; what waits is written when the sink dies.
class log_sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
    explicit log_sink(int fd);
    ~log_sink() override;

 private:
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override;

    void run();
    std::string take_waiting();
    void write_out(const std::string& text) const;

    // base_sink's mutex_ guards what follows; who holds it may take writing_, never the other way.
    int fd_;
    std::string waiting_;
    std::size_t dropped_ = 0;
    bool stopping_ = false;
    std::condition_variable_any news_;
    std::mutex writing_;  ///< keeps lines in order
    std::thread thread_;
};

}  // namespace sluice::gateway
