#include "gateway/telemetry/log_sink.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <poll.h>
#include <unistd.h>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::size_t waiting_bytes_max = 1 << 20;
constexpr std::chrono::milliseconds gathering_time{20};
constexpr std::chrono::milliseconds flush_patience{100};
/// A pipe that is ready takes so much without blocking.
constexpr std::size_t piece_bytes_max = PIPE_BUF;

}  // namespace

log_sink::log_sink(int fd, std::function<std::string(std::size_t)> tell_dropped)
    : fd_(fd), tell_dropped_(std::move(tell_dropped)), thread_([this] { run(); }) {}

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
        all_dropped_.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    const bool first = waiting_.empty();
    waiting_.append(line.data(), line.size());
    if (first) news_.notify_one();
}

void log_sink::flush_() {
    // base_sink has locked it, and will unlock it.
    std::unique_lock lock(mutex_, std::adopt_lock);
    if (written_.wait_for(lock, flush_patience, [this] { return !writing_; }))
        write_out(take_waiting(), static_cast<int>(flush_patience.count()));
    static_cast<void>(lock.release());
}

void log_sink::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !waiting_.empty()) {
        news_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        news_.wait_for(lock, gathering_time, [this] { return stopping_; });
        const auto text = take_waiting();
        writing_ = true;
        lock.unlock();
        write_out(text, -1);
        lock.lock();
        writing_ = false;
        written_.notify_all();
    }
}

std::string log_sink::take_waiting() {
    auto text = std::exchange(waiting_, {});
    const auto lines = std::exchange(dropped_, 0);
    if (lines == 0) return text;
    const auto told = tell_dropped_(lines);
    spdlog::memory_buf_t line;
    formatter_->format(spdlog::details::log_msg("", spdlog::level::warn, told), line);
    return text.append(line.data(), line.size());
}

/// Gives up where nobody takes any of it for so long; -1: never.
void log_sink::write_out(std::string_view text, int patience_ms) const {
    while (!text.empty()) {
        pollfd ready{fd_, POLLOUT, 0};
        const int count = ::poll(&ready, 1, patience_ms);
        if (count == 0) return;
        if (count < 0 && errno != EINTR) return;
        const auto wrote = ::write(fd_, text.data(), std::min(text.size(), piece_bytes_max));
        if (wrote > 0)
            text.remove_prefix(static_cast<std::size_t>(wrote));
        else if (wrote == 0 || (errno != EINTR && errno != EAGAIN))
            return;
    }
}

}  // namespace sluice::gateway
