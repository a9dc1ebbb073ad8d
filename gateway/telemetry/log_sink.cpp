#include "gateway/telemetry/log_sink.hpp"

#include <cerrno>
#include <chrono>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::size_t waiting_bytes_max = 1 << 20;
constexpr std::chrono::milliseconds gathering_time{20};

}  // namespace

log_sink::log_sink(int fd) : fd_(fd), thread_([this] { run(); }) {}

log_sink::~log_sink() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    news_.notify_all();
    thread_.join();
}

void log_sink::sink_it_(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (waiting_.size() + line.size() > waiting_bytes_max) {
        ++dropped_;
        return;
    }
    const bool first = waiting_.empty();
    waiting_.append(line.data(), line.size());
    if (first) news_.notify_one();
}

void log_sink::flush_() {
    const std::lock_guard order(writing_);
    write_out(take_waiting());
}

void log_sink::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !waiting_.empty()) {
        news_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        news_.wait_for(lock, gathering_time, [this] { return stopping_; });
        std::unique_lock order(writing_);
        const auto text = take_waiting();
        lock.unlock();
        write_out(text);
        order.unlock();
        lock.lock();
    }
}

std::string log_sink::take_waiting() {
    auto text = std::exchange(waiting_, {});
    if (const auto lines = std::exchange(dropped_, 0); lines > 0)
        text += "log: " + std::to_string(lines) + " lines were dropped, nobody read them in time\n";
    return text;
}

void log_sink::write_out(const std::string& text) const {
    for (std::size_t done = 0; done < text.size();) {
        const auto wrote = ::write(fd_, text.data() + done, text.size() - done);
        if (wrote > 0) {
            done += static_cast<std::size_t>(wrote);
        } else if (wrote < 0 && errno == EAGAIN) {
            pollfd ready{fd_, POLLOUT, 0};
            ::poll(&ready, 1, -1);
        } else if (wrote == 0 || errno != EINTR) {
            return;
        }
    }
}

}  // namespace sluice::gateway
