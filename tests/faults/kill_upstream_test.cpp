// The upstream's process is killed under live streams. Here it is a gateway of its own whose model
// is the mock.

#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/faults/faulty_provider.hpp"
#include "tests/faults/known_answer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

namespace sluice::faults {
namespace {

using end_to_end::gateway_process;
using end_to_end::milliseconds;
using end_to_end::open_stream;
using nlohmann::json;

constexpr int streams = end_to_end::sanitized ? 100 : 500;
constexpr int tokens = 300;
/// So that an answer takes six seconds: long enough to be killed under all of them.
constexpr int tokens_per_second = 50;
/// From the kill to the last client's end: no clock is needed to see that a process has gone.
constexpr milliseconds end_limit{10'000};

std::string upstream_yaml() {
    return "server: {listen: [\"127.0.0.1:0\"], workers: 1}\n"
           "providers:\n  mock: {kind: mock, ttft: 50ms, rate: " +
           std::to_string(tokens_per_second) + ", tokens: " + std::to_string(tokens) +
           ", seed: 7}\nmodels:\n  - {name: mock, targets: [{provider: mock, model: mock}]}\n";
}

std::string provider_line(const std::string& name, const gateway_process& upstream) {
    return "  " + name +
           ": {kind: openai, base_url: \"http://127.0.0.1:" + std::to_string(upstream.port()) +
           "/v1\"}\n";
}

std::string gateway_yaml(const std::string& providers, const std::string& route) {
    return "server: {listen: [\"127.0.0.1:0\"], workers: 2}\nproviders:\n" + providers +
           "models:\n  - name: up\n" + route;
}

/// What one client saw.
struct seen_stream {
    std::string text;
    std::string last_type;
    json last;
    bool whole = false;
};

/// Lets the test go on when so many have begun.
struct start_line {
    std::atomic<int> begun{0};
};

seen_stream watch(std::uint16_t port, start_line& line) {
    open_stream stream(port, end_to_end::post("/v1/streams", {{"model", "up"}, {"prompt", "Hi"}}));
    seen_stream seen;
    bool counted = false;
    while (const auto event = stream.next()) {
        seen.last_type = event->type;
        seen.last = event->json();
        if (event->type == "message") seen.text += seen.last.value("text", "");
        if (!counted && !seen.text.empty()) {
            ++line.begun;
            counted = true;
        }
    }
    seen.whole = stream.ended_whole();
    return seen;
}

/// Watches all the streams at once, and calls `act` when each has had content.
template <class Action>
std::vector<seen_stream> watch_all(std::uint16_t port, Action act) {
    start_line line;
    std::vector<seen_stream> seen(streams);
    std::vector<std::thread> clients;
    for (int i = 0; i < streams; ++i) {
        clients.emplace_back([&, i] {
            try {
                seen[static_cast<std::size_t>(i)] = watch(port, line);
            } catch (const std::exception& problem) {
                seen[static_cast<std::size_t>(i)].last_type = problem.what();
            }
        });
    }
    EXPECT_TRUE(end_to_end::eventually([&] { return line.begun == streams; }));
    act();
    for (auto& client : clients)
        client.join();
    return seen;
}

std::string whole_text(std::uint16_t port) {
    start_line line;
    return watch(port, line).text;
}

TEST(KilledUpstream, EndsEveryStreamWithAnErrorInTime) {
    gateway_process upstream(upstream_yaml());
    const gateway_process gateway(gateway_yaml(
        provider_line("first", upstream), "    targets: [{provider: first, model: mock}]\n"
    ));
    const auto text = whole_text(gateway.port());
    end_to_end::steady::time_point killed;
    const auto seen = watch_all(gateway.port(), [&] {
        killed = end_to_end::steady::now();
        upstream.signal(SIGKILL);
    });
    EXPECT_LT(end_to_end::steady::now() - killed, end_limit);
    for (const auto& stream : seen) {
        EXPECT_TRUE(stream.whole);
        ASSERT_EQ(stream.last_type, "done");
        EXPECT_EQ(stream.last.at("finish_reason"), "error") << stream.last;
        EXPECT_FALSE(stream.last.at("error").at("message").get<std::string>().empty());
        EXPECT_TRUE(text.starts_with(stream.text)) << stream.text;
        EXPECT_LT(stream.text.size(), text.size());
    }
    EXPECT_EQ(upstream.wait_exit(), 128 + SIGKILL);
}

/// The process that is killed relays what a slow provider says, so that another one can go on with
/// it.
TEST(KilledUpstream, LetsEveryStreamBeGoneOnWithElsewhere) {
    const faulty_provider provider;
    const auto base_url =
        "base_url: \"http://127.0.0.1:" + std::to_string(provider.port()) + "/v1\"";
    gateway_process first(
        "server: {listen: [\"127.0.0.1:0\"], workers: 1}\n"
        "providers:\n  slow: {kind: openai, " +
        base_url + "}\nmodels:\n  - {name: slow, targets: [{provider: slow, model: slow}]}\n"
    );
    const gateway_process gateway(gateway_yaml(
        provider_line("first", first) + "  second: {kind: openai, " + base_url + "}\n",
        "    targets: [{provider: first, model: slow},"
        " {provider: second, model: none, priority: 2}]\n"
        "    policy: {continue_midstream: true, backoff: 10ms, retry_budget: 100%}\n"
    ));
    const auto seen = watch_all(gateway.port(), [&] { first.signal(SIGKILL); });
    for (const auto& stream : seen) {
        EXPECT_TRUE(stream.whole);
        ASSERT_EQ(stream.last_type, "done");
        EXPECT_EQ(stream.last.at("finish_reason"), "stop") << stream.last;
        EXPECT_EQ(stream.text, known_answer());
    }
    EXPECT_EQ(first.wait_exit(), 128 + SIGKILL);
    EXPECT_EQ(provider.seen().by_model.at("none"), static_cast<std::size_t>(streams));
}

}  // namespace
}  // namespace sluice::faults
