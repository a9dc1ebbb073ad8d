#pragma once

#include "gateway/http/listener.hpp"
#include "gateway/http/worker.hpp"
#include "gateway/streams/peers.hpp"

#include <boost/asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <future>
#include <memory>
#include <semaphore>
#include <span>
#include <thread>
#include <type_traits>
#include <vector>

namespace sluice::gateway {

/// All workers and their threads. Owns both; used by the thread that made it. `state` outlives it.
class worker_group {
 public:
    worker_group(
        gateway_state& state, const std::shared_ptr<const snapshot>& serving, std::size_t count
    );
    worker_group(const worker_group&) = delete;
    worker_group& operator=(const worker_group&) = delete;

    /// Has each worker listen on each address. Before start. Throws boost::system::system_error.
    void listen(std::span<const bound_address> addresses, listener_role role);

    /// Each worker runs until close_all has been called on it.
    void start();
    /// Returns when all workers have ended.
    void join();

    /// Has each worker do something on its own thread, soon.
    template <class What>
    void tell(What what) const;

    /// The same, and waits until all have done it, but no longer than that.
    template <class What>
    void tell_and_wait(What what, std::chrono::milliseconds longest) const;

    /// Asks each worker something on its own thread, and waits for all answers.
    template <class What>
    auto ask(const What& what) const;

 private:
    std::vector<std::unique_ptr<worker>> workers_;
    std::unique_ptr<peers> peers_;
    std::vector<std::thread> threads_;
};

template <class What>
void worker_group::tell(What what) const {
    for (const auto& each : workers_)
        boost::asio::post(each->context(), [what, &one = *each] { what(one); });
}

template <class What>
void worker_group::tell_and_wait(What what, std::chrono::milliseconds longest) const {
    const auto done = std::make_shared<std::counting_semaphore<>>(0);
    tell([what, done](worker& one) {
        what(one);
        done->release();
    });
    const auto limit = std::chrono::steady_clock::now() + longest;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        if (!done->try_acquire_until(limit)) return;
    }
}

template <class What>
auto worker_group::ask(const What& what) const {
    using answer = std::invoke_result_t<const What&, worker&>;
    std::vector<std::future<answer>> coming;
    for (const auto& each : workers_) {
        const auto promise = std::make_shared<std::promise<answer>>();
        coming.push_back(promise->get_future());
        boost::asio::post(each->context(), [promise, &what, &one = *each] {
            promise->set_value(what(one));
        });
    }
    std::vector<answer> answers;
    for (auto& one : coming)
        answers.push_back(one.get());
    return answers;
}

}  // namespace sluice::gateway
