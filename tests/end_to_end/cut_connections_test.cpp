#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/cutting_proxy.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <random>
#include <thread>

/// Real connections that break at random places, and clients that come back.
namespace sluice::end_to_end {
namespace {

constexpr int streams_in_all = 200;
constexpr int clients_at_once = 8;
constexpr unsigned seed = 20240607;

/// Most connections break within the first 3 KB of an answer: in its head, within a frame, behind
/// one.
class random_cuts {
 public:
    connection_cut operator()() {
        const std::lock_guard lock(mutex_);
        connection_cut cut;
        cut.after_bytes = 1 + random_() % 3000;
        cut.by_reset = random_() % 2 == 0;
        cut.never = random_() % 8 == 0;
        return cut;
    }

 private:
    std::mutex mutex_;
    std::mt19937 random_{seed};
};

/// A client that comes back until it has seen `done`.
class returning_client {
 public:
    returning_client(std::uint16_t port, std::string name) : port_(port), name_(std::move(name)) {}

    /// One connection, to wherever it breaks. False once there is nothing more to come for.
    bool connect_once() {
        try {
            open_stream stream(port_, next_request());
            if (stream.head().status == 204) return false;
            EXPECT_EQ(stream.head().status, 200);
            if (url_.empty()) url_ = stream.url();
            while (auto event = stream.next())
                events.push_back(*std::move(event));
        } catch (const harness_error&) {
            // Cut before the head was whole.
        }
        return events.empty() || events.back().type != "done";
    }

    event_list events;

 private:
    /// Until the stream's id has come the request is made again under its name.
    request next_request() const {
        if (url_.empty()) {
            return post("/v1/streams", {{"prompt", "Hello"}})
                .header("Idempotency-Key", name_)
                .header("X-Mock-Tokens", "40")
                .header("X-Mock-Rate", "400");
        }
        auto again = get(url_);
        if (!events.empty()) again.header("Last-Event-ID", events.back().id);
        return again;
    }

    std::uint16_t port_;
    std::string name_;
    std::string url_;
};

TEST(CutConnections, LoseNoTokenAndDoubleNone) {
    const gateway_process gateway(
        configuration_text().server("workers: 2").top("telemetry: {server_timing: false}").yaml()
    );
    random_cuts next_cut;
    cutting_proxy proxy(gateway.port(), [&] { return next_cut(); });
    open_stream whole(
        gateway, post("/v1/streams", {{"prompt", "Hello"}}).header("X-Mock-Tokens", "40")
    );
    const auto expected = whole.rest();
    std::atomic<int> left{streams_in_all};
    std::vector<std::thread> clients;
    for (int client = 0; client < clients_at_once; ++client) {
        clients.emplace_back([&] {
            for (int number = left--; number > 0; number = left--) {
                returning_client one(proxy.port(), "stream-" + std::to_string(number));
                const deadline limit{patience};
                while (one.connect_once() && !limit.passed()) {
                }
                ASSERT_EQ(one.events.size(), expected.size()) << "stream " << number;
                for (std::size_t i = 0; i < expected.size(); ++i) {
                    const auto& got = one.events[i];
                    ASSERT_EQ(got.id.substr(got.id.rfind('/')), "/" + std::to_string(i));
                    ASSERT_EQ(got.type, expected[i].type);
                    if (i > 0) {
                        ASSERT_EQ(got.data, expected[i].data);
                    }
                }
            }
        });
    }
    for (auto& client : clients)
        client.join();
    EXPECT_GT(proxy.cuts(), static_cast<std::size_t>(streams_in_all));
    const auto metrics = gateway.ask(get("/metrics")).body;
    const auto completed = "outcome=\"completed\"} " + std::to_string(streams_in_all + 1);
    EXPECT_NE(metrics.find(completed), std::string::npos) << metrics;
}

}  // namespace
}  // namespace sluice::end_to_end
