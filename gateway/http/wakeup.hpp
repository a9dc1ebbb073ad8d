#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace sluice::gateway {

/// Lets one coroutine wait for a call from plain code of the same worker. A notify that comes
/// before the wait is not lost; several are one.
class wakeup {
 public:
    template <class Executor>
    explicit wakeup(Executor&& executor) : timer_(std::forward<Executor>(executor)) {
        timer_.expires_at(boost::asio::steady_timer::time_point::max());
    }

    void notify() {
        notified_ = true;
        timer_.cancel();
    }

    boost::asio::awaitable<void> wait();

 private:
    // A timer that never expires is Asio's condition variable.
    boost::asio::steady_timer timer_;
    bool notified_ = false;
};

}  // namespace sluice::gateway
