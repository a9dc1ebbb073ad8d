#include "gateway/load/runner.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <vector>

namespace sluice::gateway::load::testing {

namespace {

const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

std::string token(std::uint64_t sequence) {
    return R"(data: {"content":")" + std::to_string(sequence) + "@1 word \"}\n\n";
}

/// A listener on loopback whose connections the test answers by hand.
class server {
 public:
    server() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in any{};
        any.sin_family = AF_INET;
        any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&any), sizeof any), 0);
        EXPECT_EQ(::listen(listener_.get(), 16), 0);
        at_.size = sizeof at_.address;
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at_.address), &at_.size);
    }

    const endpoint& at() const { return at_; }

    void accept(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            clients_.emplace_back(::accept(listener_.get(), nullptr, nullptr));
    }
    void send(std::size_t client, std::string_view bytes) {
        ::send(clients_[client].get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    void send_all(std::string_view bytes) {
        for (std::size_t i = 0; i < clients_.size(); ++i)
            send(i, bytes);
    }

 private:
    descriptor listener_;
    endpoint at_;
    std::vector<descriptor> clients_;
};

/// What `connections` readers of three tokens tell of what `serve` sends them.
template <typename Serve>
nlohmann::json report_of_readers(std::size_t connections, Serve serve) {
    plan settings;
    settings.to = *parse_target("http://127.0.0.1/stream");
    settings.connections = connections;
    settings.tokens = 3;
    settings.shape = pattern::read;
    server from;
    nlohmann::json events = nlohmann::json::array();
    std::jthread serving([&] {
        from.accept(connections);
        serve(from);
    });
    runner run(settings, from.at(), nullptr, [&](std::string_view event) {
        events.push_back(std::string(event));
    });
    auto report = nlohmann::json::parse(report_of(run.run()));
    EXPECT_EQ(events, nlohmann::json::parse(R"(["window_start", "window_end"])"));
    return report;
}

TEST(LoadReading, EndsWhenEveryReaderHasTheLastTokenOfAStreamThatGoesOn) {
    const auto report = report_of_readers(3, [](server& from) {
        from.send_all(head);
        from.send_all(token(0));
        from.send_all(token(1));
        from.send(2, token(2));
        from.send(0, token(2) + ": more\n\n");
        from.send(1, token(2));
    });
    EXPECT_TRUE(report["sound"]);
    EXPECT_EQ(report["lost"], 0);
}

TEST(LoadReading, FindsWhatOneReaderMissedAndAnotherGotTwice) {
    const auto report = report_of_readers(2, [](server& from) {
        from.send_all(head);
        from.send(0, token(0) + token(2));
        from.send(1, token(0) + token(1) + token(1) + token(2));
    });
    EXPECT_FALSE(report["sound"]);
    EXPECT_EQ(report["lost"], 1);
    EXPECT_EQ(report["doubled"], 1);
}

TEST(LoadReading, FailsAReaderThatGetsNoStreamAndKeepsTheOthers) {
    const auto report = report_of_readers(2, [](server& from) {
        from.send(0, "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone");
        from.send(1, head + token(0) + token(1) + token(2));
    });
    EXPECT_EQ(report["failed"], 1);
    EXPECT_EQ(report["examples"][0], "HTTP 404: gone");
}

}  // namespace

}  // namespace sluice::gateway::load::testing
