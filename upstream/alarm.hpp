#pragma once

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace sluice::upstream {

/// A timer with one callback, which never runs once the alarm was set anew, cancelled or destroyed:
/// not even where it had expired already and its handler stood in the queue.
class alarm {
 public:
    using clock = std::chrono::steady_clock;

    template <class Executor>
    explicit alarm(Executor&& executor)
        : timer_(std::forward<Executor>(executor)),
          generation_(std::make_shared<std::uint64_t>(0)) {}
    ~alarm() { cancel(); }
    alarm(const alarm&) = delete;
    alarm& operator=(const alarm&) = delete;

    void set(clock::time_point when, std::function<void()> callback) {
        const auto mine = ++*generation_;
        timer_.expires_at(when);
        timer_.async_wait([generation = generation_,
                           mine,
                           callback = std::move(callback)](const boost::system::error_code& error) {
            if (!error && *generation == mine) callback();
        });
    }

    void cancel() {
        ++*generation_;
        timer_.cancel();
    }

 private:
    boost::asio::steady_timer timer_;
    std::shared_ptr<std::uint64_t> generation_;
};

}  // namespace sluice::upstream
