#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/mailbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace sluice::faults {
namespace {

using end_to_end::configuration_text;
using end_to_end::eventually;
using end_to_end::gateway_process;
using end_to_end::get;
using end_to_end::harness_error;
using end_to_end::mailbox;
using end_to_end::milliseconds;
using end_to_end::post;
using end_to_end::steady;
using end_to_end::token;
using end_to_end::unique_fd;

// Fifty streams of a second each: fifty a second are what the gateway may bear.
constexpr int capacity = 50;
constexpr int tokens = 20;
constexpr int workers = 2;

/// A refusal, and an answer to whoever looks after the gateway, may take so long.
constexpr milliseconds bound{end_to_end::sanitized ? 500 : 100};

std::string gateway_yaml() {
    return configuration_text()
        .server("workers: " + std::to_string(workers))
        .server("limits: {streams: " + std::to_string(capacity) + "}")
        .mock("rate: " + std::to_string(tokens))
        .mock("tokens: " + std::to_string(tokens))
        .yaml();
}

/// One request on a connection of its own, and its answer up to the end of the connection.
struct exchange {
    unique_fd socket;
    std::string request;  ///< what is left to send
    std::string answer;
    steady::time_point begun;
    steady::duration took{};
    /// How long the client itself was busy with others, at most, while this went on.
    steady::duration client_pause{};
    bool broken = false;
    bool over = false;
};

/// Asks at a steady rate, whatever becomes of it, from one thread.
class crowd {
 public:
    crowd(std::uint16_t port, int per_second) : port_(port), per_second_(per_second) {}

    std::vector<std::unique_ptr<exchange>> ask_for(milliseconds length) {
        const auto begun = steady::now();
        const auto interval = std::chrono::microseconds(1'000'000 / per_second_);
        const auto count = length / interval;
        auto last = begun;
        while (static_cast<long>(all_.size()) < count || under_way() > 0) {
            const auto now = steady::now();
            note_pause(now - last);
            last = now;
            while (static_cast<long>(all_.size()) < count &&
                   begun + interval * static_cast<long>(all_.size()) <= now)
                begin(now);
            wait_a_moment();
            if (now - begun > length + end_to_end::patience) throw harness_error("no end");
        }
        return std::move(all_);
    }

 private:
    void begin(steady::time_point now) {
        auto made = std::make_unique<exchange>();
        made->begun = now;
        made->request = post("/v1/streams", {{"prompt", "crowd"}}).bytes();
        made->socket = unique_fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port_);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int got = ::connect(
            made->socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address
        );
        if (got != 0 && errno != EINPROGRESS) throw harness_error("cannot connect");
        open_.push_back(made.get());
        all_.push_back(std::move(made));
    }

    void wait_a_moment() {
        std::vector<pollfd> waits;
        for (const auto* one : open_) {
            const short events = one->request.empty() ? POLLIN : POLLOUT;
            waits.push_back({one->socket.get(), events, 0});
        }
        ::poll(waits.data(), waits.size(), 1);
        for (std::size_t i = 0; i < waits.size(); ++i) {
            if (waits[i].revents != 0) go_on(*open_[i]);
        }
        std::erase_if(open_, [](const auto* one) { return one->over; });
    }

    static void go_on(exchange& one) {
        if (!one.request.empty()) {
            const auto sent =
                ::send(one.socket.get(), one.request.data(), one.request.size(), MSG_NOSIGNAL);
            if (sent < 0) return end(one, true);
            one.request.erase(0, static_cast<std::size_t>(sent));
            return;
        }
        char bytes[4096];
        const auto got = ::recv(one.socket.get(), bytes, sizeof bytes, 0);
        if (got > 0) {
            one.answer.append(bytes, static_cast<std::size_t>(got));
            // A refusal is whole long before its connection is closed, or goes on.
            if (is_refusal(one) && refusal_is_whole(one)) end(one, false);
            return;
        }
        end(one, got < 0);
    }

    static bool is_refusal(const exchange& one) { return !one.answer.starts_with("HTTP/1.1 200 "); }
    static bool refusal_is_whole(const exchange& one) {
        const auto head_end = one.answer.find("\r\n\r\n");
        if (head_end == std::string::npos) return false;
        const auto head = end_to_end::parse_response_head(one.answer.substr(0, head_end));
        return one.answer.size() >= head_end + 4 + std::stoul("0" + head.header("Content-Length"));
    }
    static void end(exchange& one, bool broken) {
        one.over = true;
        one.broken = broken;
        one.took = steady::now() - one.begun;
        one.socket.reset();
    }

    void note_pause(steady::duration pause) {
        for (auto* one : open_)
            one->client_pause = std::max(one->client_pause, pause);
    }
    std::size_t under_way() const { return open_.size(); }

    std::uint16_t port_;
    int per_second_;
    std::vector<std::unique_ptr<exchange>> all_;
    std::vector<exchange*> open_;
};

/// Asks the same again and again, each time on a connection of its own, and notes how long that
/// took.
class visitor {
 public:
    visitor(const gateway_process& gateway, std::string path)
        : thread_([this, &gateway, path = std::move(path)] {
              do {
                  const auto begun = steady::now();
                  const auto answer = gateway.ask(get(path));
                  took_.push_back(steady::now() - begun);
                  if (answer.status != 200) ++failed_;
                  last_ = answer.body;
              } while (!done_.take(milliseconds(10)));
          }) {}
    ~visitor() { leave(); }
    visitor(const visitor&) = delete;
    visitor& operator=(const visitor&) = delete;

    void leave() {
        done_.put({});
        if (thread_.joinable()) thread_.join();
    }
    int failed() const { return failed_; }
    std::size_t visits() const { return took_.size(); }
    milliseconds slowest_of_hundred() {
        std::ranges::sort(took_);
        const auto at = took_.size() - 1 - took_.size() / 100;
        return std::chrono::duration_cast<milliseconds>(took_.at(at));
    }

 private:
    mailbox<token> done_;
    std::vector<steady::duration> took_;
    int failed_ = 0;
    std::string last_;
    std::thread thread_;
};

struct outcome {
    int whole = 0;
    int refused = 0;
    std::vector<std::string> wrong;
    milliseconds slowest_refusal{0};  ///< less what the client itself was busy for
};

bool is_whole(const std::string& answer) {
    return answer.find("\"finish_reason\":\"stop\"") != std::string::npos &&
           answer.find("\"output_tokens\":" + std::to_string(tokens)) != std::string::npos &&
           answer.ends_with("0\r\n\r\n");
}

bool is_refusal(const std::string& answer) {
    const bool status = answer.starts_with("HTTP/1.1 503 ") || answer.starts_with("HTTP/1.1 429 ");
    return status && answer.find("\r\nRetry-After: ") != std::string::npos;
}

outcome judge(const std::vector<std::unique_ptr<exchange>>& all) {
    outcome found;
    for (const auto& one : all) {
        if (!one->broken && is_whole(one->answer)) {
            ++found.whole;
        } else if (!one->broken && is_refusal(one->answer)) {
            ++found.refused;
            const auto own =
                std::chrono::duration_cast<milliseconds>(one->took - one->client_pause);
            found.slowest_refusal = std::max(found.slowest_refusal, own);
        } else {
            found.wrong.push_back((one->broken ? "broken: " : "") + one->answer);
        }
    }
    return found;
}

long streams_live(const gateway_process& gateway) {
    const auto text = gateway.ask(get("/metrics")).body;
    const std::string name = "\nsluice_streams_active ";
    return std::stol(text.substr(text.find(name) + name.size()));
}

/// So many times what the gateway can bear, for so long.
void overload(int times, milliseconds length) {
    const gateway_process gateway(gateway_yaml());
    visitor doctor(gateway, "/livez");
    mailbox<token> done;
    long most_live = 0;
    std::thread counting([&] {
        do {
            most_live = std::max(most_live, streams_live(gateway));
        } while (!done.take(milliseconds(20)));
    });
    const auto found = judge(crowd(gateway.port(), times * capacity).ask_for(length));
    done.put({});
    counting.join();
    doctor.leave();
    const auto livez = doctor.slowest_of_hundred();
    std::printf(
        "%d times what it can bear: %d whole, %d refused, the slowest after %ld ms; /livez p99 "
        "%ld ms of %zu; %ld streams at once\n",
        times,
        found.whole,
        found.refused,
        static_cast<long>(found.slowest_refusal.count()),
        static_cast<long>(livez.count()),
        doctor.visits(),
        most_live
    );
    EXPECT_THAT(found.wrong, ::testing::IsEmpty());
    EXPECT_GT(found.refused, 0);
    EXPECT_LE(found.slowest_refusal, bound);
    EXPECT_LE(livez, bound);
    EXPECT_EQ(doctor.failed(), 0);
    // What it can bear it bears all the same: nine tenths of it at least.
    EXPECT_GE(found.whole, capacity * 9 / 10 * length / milliseconds(1000));
    // Workers that decide at the same moment may each begin the last one.
    EXPECT_LE(most_live, capacity + workers - 1);

    EXPECT_TRUE(eventually([&] { return streams_live(gateway) == 0; }));
    const auto again = gateway.ask(post("/v1/streams", {{"prompt", "again"}}));
    EXPECT_EQ(again.status, 200) << "it has not recovered";
    EXPECT_NE(again.body.find("\"finish_reason\":\"stop\""), std::string::npos);
}

TEST(Overload, TwoTimesWhatItCanBearIsRefusedAtOnce) {
    overload(2, milliseconds(3000));
}

TEST(Overload, TenTimesWhatItCanBearIsRefusedAtOnce) {
    overload(10, milliseconds(3000));
}

TEST(Overload, IsToldInTheWordsOfTheClientsApi) {
    const gateway_process gateway(configuration_text()
                                      .server("limits: {streams: 1}")
                                      .mock("rate: 1")
                                      .mock("tokens: 1000")
                                      .yaml());
    const nlohmann::json messages = nlohmann::json::array({{{"role", "user"}, {"content", "Hi"}}});
    const nlohmann::json body{{"model", "mock"}, {"messages", messages}, {"max_tokens", 5}};
    end_to_end::raw_client first = gateway.connect();
    first.send(
        post("/v1/streams", {{"prompt", "the one"}}).header("X-Stream-On-Disconnect", "cancel")
    );
    ASSERT_EQ(first.read_head().status, 200);

    end_to_end::raw_client second = gateway.connect();
    second.send(post("/v1/chat/completions", body));
    const auto chat = second.read_response();
    EXPECT_EQ(chat.status, 503);
    EXPECT_EQ(chat.header("Retry-After"), "1");
    EXPECT_TRUE(chat.json().at("error").contains("message")) << chat.body;
    // The connection is good for another try.
    second.send(post("/v1/messages", body));
    const auto anthropic = second.read_response();
    EXPECT_EQ(anthropic.status, 529);
    EXPECT_EQ(anthropic.header("Retry-After"), "1");
    EXPECT_EQ(anthropic.json().at("error").at("type"), "overloaded_error");
    EXPECT_NE(
        gateway.ask(get("/metrics")).body.find("\nsluice_shed_total{reason=\"streams\"} 2\n"),
        std::string::npos
    );

    first.close();
    EXPECT_TRUE(eventually([&] {
        second = gateway.connect();
        second.send(post("/v1/streams", {{"prompt", "the next"}}));
        return second.read_head().status == 200;
    }));
}

}  // namespace
}  // namespace sluice::faults
