#pragma once

#include "upstream/transfer.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace sluice::tests {

/// One transfer under test, and what it told.
class exchange final : public upstream::transfer_listener {
 public:
    void on_transfer() override {
        ++notices;
        if (on_notice) return on_notice();
        take();
    }
    void take() {
        text += transfer->body();
        transfer->consume();
    }
    bool ended() const { return transfer->ended(); }

    int notices = 0;
    std::string text;                 ///< all that was taken
    std::function<void()> on_notice;  ///< instead of taking at once
    std::unique_ptr<upstream::transfer> transfer;
};

/// The worker under test: an event loop with an engine on it.
class worker {
 public:
    /// Runs the loop until the condition holds. False after ten seconds.
    template <typename Condition>
    bool run_until(Condition condition) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > deadline) return false;
            context.run_one_for(std::chrono::milliseconds(2));
        }
        return true;
    }
    /// Whatever happens in so many milliseconds.
    void run_for(int milliseconds) { context.run_for(std::chrono::milliseconds(milliseconds)); }

    void start(exchange& e, upstream::transfer_request request) {
        e.transfer = engine.start(std::move(request), e);
    }
    void start(exchange& e, const std::string& url) { start(e, post(url)); }

    /// Runs one whole exchange. False where it did not end.
    bool complete(exchange& e, upstream::transfer_request request) {
        start(e, std::move(request));
        return run_until([&] { return e.ended(); });
    }
    bool complete(exchange& e, const std::string& url) { return complete(e, post(url)); }

    static upstream::transfer_request post(const std::string& url) {
        upstream::transfer_request request;
        request.url = url;
        request.headers = {"content-type: application/json"};
        request.body = "{\"prompt\":\"x\"}";
        return request;
    }

    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        context.get_executor()};
    upstream::transfer_engine engine{context};
};

}  // namespace sluice::tests
