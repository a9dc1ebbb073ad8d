#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/mailbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

namespace sluice::faults {
namespace {

using end_to_end::configuration_text;
using end_to_end::eventually;
using end_to_end::gateway_process;
using end_to_end::get;
using end_to_end::http_response;
using end_to_end::mailbox;
using end_to_end::milliseconds;
using end_to_end::open_stream;
using end_to_end::post;
using end_to_end::raw_client;
using end_to_end::request;
using end_to_end::steady;
using end_to_end::token;
using nlohmann::json;

constexpr std::size_t mib = 1U << 20;
constexpr std::size_t ceiling = 64 * mib;
/// So many streams are more than the ceiling holds, at some 18 KiB each.
constexpr std::size_t streams_max = 4000;

std::string gateway_yaml() {
    return configuration_text()
        .server("workers: 2")
        .server("limits: {memory: " + std::to_string(ceiling / mib) + "MiB}")
        .yaml();
}

std::string ready(const gateway_process& gateway) {
    return gateway.ask(get("/readyz")).body;
}

/// What the gateway's metrics say of one figure.
long figure(const gateway_process& gateway, const std::string& name) {
    const auto text = gateway.ask(get("/metrics")).body;
    const auto at = text.find("\n" + name + " ");
    return at == std::string::npos ? -1 : std::stol(text.substr(at + name.size() + 2));
}

/// A stream that nobody reads, with a prompt of that size. It goes on until it is stopped.
request detached(std::size_t prompt_bytes) {
    return post("/v1/streams?detach=true", {{"prompt", std::string(prompt_bytes, 'x')}})
        .header("X-Mock-Tokens", "100000")
        .header("X-Mock-Rate", "1");
}

request chat() {
    const json messages = json::array({{{"role", "user"}, {"content", std::string(3000, 'x')}}});
    return post(
        "/v1/chat/completions", {{"model", "mock"}, {"stream", true}, {"messages", messages}}
    );
}

/// One that is over at once, and leaves as much history as one stream may.
request with_history() {
    return post("/v1/streams?detach=true", {{"prompt", "history"}})
        .header("X-Mock-Tokens", "60000")
        .header("X-Mock-Rate", "0");
}

/// How often there was which answer, and whatever was wrong with one.
class tally {
 public:
    void note(const http_response& answer) {
        const bool refused = answer.status == 503;
        const bool well_told = answer.header("Retry-After") == "1" &&
                               answer.body.find("\"error\"") != std::string::npos;
        const std::lock_guard lock(mutex_);
        ++statuses_[answer.status];
        if (answer.status == 202) ids_.push_back(answer.json().at("id"));
        if (refused ? !well_told : answer.status != 202 && answer.status != 200)
            wrong_.push_back(std::to_string(answer.status) + " " + answer.body);
    }
    void note_wrong(std::string what) {
        const std::lock_guard lock(mutex_);
        wrong_.push_back(std::move(what));
    }

    int count(int status) { return statuses_[status]; }
    const std::vector<std::string>& ids() const { return ids_; }
    const std::vector<std::string>& wrong() const { return wrong_; }

 private:
    std::mutex mutex_;
    std::map<int, int> statuses_;
    std::vector<std::string> ids_;
    std::vector<std::string> wrong_;
};

/// The answer to a request that may be refused before it was sent whole.
http_response answer_to(const gateway_process& gateway, const request& message) {
    raw_client client = gateway.connect();
    client.try_send(message.bytes());
    return client.read_response();
}

/// The same bytes without a word of how many will come.
http_response answer_to_chunks(const gateway_process& gateway, std::size_t bytes) {
    raw_client client = gateway.connect();
    std::string text =
        "POST /v1/streams?detach=true HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nX-Mock-Tokens: 100000\r\nX-Mock-Rate: 1\r\n"
        "Transfer-Encoding: chunked\r\n\r\nB\r\n{\"prompt\":\"\r\n";
    for (std::size_t sent = 0; sent < bytes; sent += mib)
        text.append("100000\r\n").append(mib, 'x').append("\r\n");
    client.try_send(text.append("2\r\n\"}\r\n0\r\n\r\n"));
    return client.read_response();
}

/// A client that asks for a stream and takes nothing of it: what was generated for it stays in the
/// gateway, as much as its backlog may be. What it was answered.
http_response stalled(
    const gateway_process& gateway, std::vector<std::unique_ptr<raw_client>>& all
) {
    constexpr int receive_bytes = 4096;
    all.push_back(std::make_unique<raw_client>(gateway.port(), receive_bytes));
    all.back()->send(chat().header("X-Mock-Tokens", "60000").header("X-Mock-Rate", "0"));
    auto answer = all.back()->read_head();
    if (answer.status != 200) answer.body = all.back()->read_body_part().value_or("");
    return answer;
}

/// Streams that go on slowly, each of which takes a little.
class slow_streams {
 public:
    explicit slow_streams(const gateway_process& gateway) : gateway_(gateway) {
        rlimit files{};
        ::getrlimit(RLIMIT_NOFILE, &files);
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }

    /// One more. What it was answered: nothing but the head where it has begun.
    http_response add() {
        auto client = std::make_unique<raw_client>(gateway_.port());
        client->send(chat().header("X-Mock-Tokens", "1000").header("X-Mock-Rate", "1"));
        auto answer = client->read_head();
        if (answer.status == 200)
            clients_.push_back(std::move(client));
        else
            answer.body = client->read_body_part().value_or("");
        return answer;
    }
    /// Until the gateway is red.
    void fill(tally& seen) {
        while (ready(gateway_) == "ready\n" && count() < streams_max) {
            const auto answer = add();
            // It may have become red since it was asked.
            if (answer.status == 503) {
                EXPECT_EQ(ready(gateway_), "memory\n") << "the first refusal";
            }
            seen.note(answer);
        }
    }
    std::size_t count() const { return clients_.size(); }
    void leave() { clients_.clear(); }

 private:
    const gateway_process& gateway_;
    std::vector<std::unique_ptr<raw_client>> clients_;
};

/// Looks at a process's memory all the time.
class memory_observer {
 public:
    explicit memory_observer(const gateway_process& gateway)
        : thread_([this, &gateway] {
              do {
                  most_ = std::max<std::size_t>(most_, gateway.resident_bytes());
              } while (!done_.take(milliseconds(1)));
          }) {}
    ~memory_observer() {
        done_.put({});
        thread_.join();
    }
    memory_observer(const memory_observer&) = delete;
    memory_observer& operator=(const memory_observer&) = delete;

    std::size_t most() const { return most_; }

 private:
    mailbox<token> done_;
    std::atomic<std::size_t> most_{0};
    std::thread thread_;
};

/// Clients that send what takes memory, as fast as it is taken.
void flood(const gateway_process& gateway, milliseconds length, tally& seen) {
    const auto until = steady::now() + length;
    std::vector<std::thread> clients;
    for (int number = 0; number < 12; ++number) {
        clients.emplace_back([&, number] {
            std::vector<std::unique_ptr<raw_client>> readers;
            for (int turn = number; steady::now() < until; ++turn) {
                try {
                    if (turn % 4 == 0)
                        seen.note(answer_to(gateway, with_history()));
                    else if (turn % 4 == 1)
                        seen.note(answer_to_chunks(gateway, 3 * mib));
                    else if (turn % 4 == 2)
                        seen.note(answer_to(gateway, detached(4 * mib)));
                    else
                        for (int more = 0; more < 10; ++more)
                            seen.note(stalled(gateway, readers));
                } catch (const std::exception& problem) {
                    seen.note_wrong(problem.what());
                }
            }
        });
    }
    for (auto& client : clients)
        client.join();
}

void stop_all(const gateway_process& gateway, const tally& seen) {
    raw_client client = gateway.connect();
    for (const auto& id : seen.ids()) {
        client.send(end_to_end::remove("/v1/streams/" + id));
        client.read_response();
    }
}

class MemoryCeiling : public ::testing::Test {
 protected:
    void SetUp() override {
        if (end_to_end::sanitized) GTEST_SKIP() << "a sanitizer holds memory of its own";
    }
};

TEST_F(MemoryCeiling, IsToldToBalancersBeforeAnythingIsShed) {
    const gateway_process gateway(gateway_yaml());
    ASSERT_EQ(figure(gateway, "sluice_memory_limit_bytes"), static_cast<long>(ceiling));
    const memory_observer memory(gateway);
    tally seen;
    slow_streams streams(gateway);
    streams.fill(seen);
    EXPECT_EQ(ready(gateway), "memory\n");
    EXPECT_EQ(gateway.ask(get("/livez")).status, 200);
    while (seen.count(503) == 0 && streams.count() < streams_max)
        seen.note(streams.add());
    EXPECT_EQ(seen.count(503), 1);
    EXPECT_GT(seen.count(200), 100);
    EXPECT_THAT(seen.wrong(), ::testing::IsEmpty());
    EXPECT_LT(memory.most(), ceiling);
    EXPECT_EQ(figure(gateway, "sluice_shed_total{reason=\"memory\"}"), 1);

    streams.leave();
    EXPECT_TRUE(eventually([&] { return ready(gateway) == "ready\n"; }));
    EXPECT_EQ(gateway.ask(post("/v1/streams", {{"prompt", "again"}})).status, 200);
}

TEST_F(MemoryCeiling, IsNeverPassedUnderAFloodAndStreamsThatRunAreFinished) {
    const gateway_process gateway(gateway_yaml());
    const memory_observer memory(gateway);
    open_stream live(
        gateway,
        post("/v1/streams", {{"prompt", "live"}})
            .header("X-Mock-Tokens", "120")
            .header("X-Mock-Rate", "30")
    );
    ASSERT_EQ(live.head().status, 200);
    tally seen;
    flood(gateway, milliseconds(3000), seen);

    EXPECT_LT(memory.most(), ceiling);
    EXPECT_GT(memory.most(), ceiling / 2) << "the flood was none";
    EXPECT_GT(seen.count(202), 0);
    EXPECT_GT(seen.count(503), 0);
    EXPECT_THAT(seen.wrong(), ::testing::IsEmpty());
    const auto events = live.rest();
    ASSERT_FALSE(events.empty());
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
    EXPECT_EQ(events.back().json().at("usage").at("output_tokens"), 120);
    EXPECT_TRUE(live.ended_whole());
    std::printf(
        "%d streams begun, %d refused; at most %zu of %zu MiB\n",
        seen.count(202),
        seen.count(503),
        memory.most() / mib,
        ceiling / mib
    );

    stop_all(gateway, seen);
    EXPECT_TRUE(eventually([&] { return ready(gateway) == "ready\n"; }));
    EXPECT_EQ(gateway.ask(post("/v1/streams", {{"prompt", "again"}})).status, 200);
}

TEST_F(MemoryCeiling, TurnsALargeBodyAwayBeforeItIsSent) {
    const gateway_process gateway(gateway_yaml());
    tally seen;
    slow_streams streams(gateway);
    streams.fill(seen);
    raw_client client = gateway.connect();
    client.send(
        "POST /session HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nContent-Length: 6000000\r\n"
        "Expect: 100-continue\r\n\r\n"
    );
    const auto answer = client.read_head();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "1");
    EXPECT_EQ(answer.header("Connection"), "close");
    EXPECT_EQ(figure(gateway, "sluice_shed_total{reason=\"bodies\"}"), 1);
}

}  // namespace
}  // namespace sluice::faults
