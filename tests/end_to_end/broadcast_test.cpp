#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <poll.h>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>

/// One generation for very many readers. SLUICE_READERS: how many (500); 10,000 take 31,000 open
/// files.
namespace sluice::end_to_end {
namespace {

std::size_t readers_wanted() {
    const char* text = std::getenv("SLUICE_READERS");
    return text ? std::strtoul(text, nullptr, 10) : 500;
}

void raise_descriptor_limit() {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Readers of one stream, on one thread: each keeps its body as it came, chunks and all.
class crowd {
 public:
    crowd(std::uint16_t port, const request& message, std::size_t size) : readers_(size) {
        const auto bytes = message.bytes();
        for (std::size_t i = 0; i < size; ++i) {
            auto& socket = readers_[i].socket = connect_loopback(port);
            EXPECT_EQ(
                ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(bytes.size())
            );
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.u64 = i;
            ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket.get(), &event);
        }
    }

    /// Reads until all have ended, or have `bytes` of the body at least.
    void read(std::size_t bytes = std::string::npos) {
        const deadline limit{patience * 5};
        std::array<epoll_event, 256> events{};
        while (!all_have(bytes)) {
            if (limit.passed()) throw harness_error("readers wait for what never came");
            const int ready = ::epoll_wait(epoll_.get(), events.data(), events.size(), 100);
            for (int i = 0; i < ready; ++i)
                take(readers_[events[static_cast<std::size_t>(i)].data.u64]);
        }
    }
    std::string_view body(std::size_t reader) const {
        const std::string_view all = readers_[reader].received;
        const auto head = all.find("\r\n\r\n");
        return head == std::string_view::npos ? std::string_view{} : all.substr(head + 4);
    }
    std::size_t size() const { return readers_.size(); }

 private:
    struct one_reader {
        unique_fd socket;
        std::string received;
        bool ended = false;
    };

    bool all_have(std::size_t bytes) const {
        for (std::size_t i = 0; i < readers_.size(); ++i) {
            if (!readers_[i].ended && body(i).size() < bytes) return false;
        }
        return true;
    }
    static void take(one_reader& reader) {
        std::array<char, 16384> bytes;
        const auto got = ::recv(reader.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got > 0) {
            reader.received.append(bytes.data(), static_cast<std::size_t>(got));
            return;
        }
        reader.ended = true;
        reader.socket.reset();
    }

    unique_fd epoll_{::epoll_create1(EPOLL_CLOEXEC)};
    std::vector<one_reader> readers_;
};

TEST(Broadcast, EveryReaderOnEveryWorkerGetsEveryByteAndTheProviderIsAskedOnce) {
    raise_descriptor_limit();
    std::vector<std::string> texts(40, "word ");
    gate step;
    fake_upstream upstream(say_step_by_step(texts, step));
    const gateway_process gateway(configuration_text()
                                      .server("workers: 2")
                                      .server("limits: {connections: 20000}")
                                      .upstream(upstream.base_url())
                                      .yaml());
    const auto begun =
        gateway.ask(post("/v1/streams?detach=true", {{"prompt", "Hello"}, {"model", "up"}}));
    ASSERT_EQ(begun.status, 202);
    crowd readers(gateway.port(), get(begun.header("Location")), readers_wanted());
    readers.read(1);  // all are there before it goes on
    step.open(static_cast<int>(texts.size()));
    readers.read();
    const auto expected = readers.body(0);
    EXPECT_NE(expected.find("event: done"), std::string_view::npos);
    EXPECT_TRUE(expected.ends_with("0\r\n\r\n"));
    std::size_t different = 0;
    for (std::size_t i = 0; i < readers.size(); ++i)
        different += readers.body(i) != expected;
    EXPECT_EQ(different, 0U);
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST(Broadcast, ASlowReaderFallsBehindAlone) {
    const gateway_process gateway(
        configuration_text().streams("backlog: 64KiB").streams("journal: 256KiB").yaml()
    );
    const auto begun = gateway.ask(post("/v1/streams?detach=true", {{"prompt", "Hello"}})
                                       .header("X-Mock-Tokens", "150000")
                                       .header("X-Mock-Ttft-Ms", "1000")
                                       .header("X-Stream-On-Disconnect", "grace"));
    const auto url = begun.header("Location");
    open_stream slow(gateway, get(url), 4096);
    slow.expect_next();
    open_stream quick(gateway, get(url));
    const auto all = quick.rest();
    EXPECT_EQ(all.size(), 150002U);
    EXPECT_EQ(all.back().json().at("finish_reason"), "stop");
    const auto behind = slow.rest();
    ASSERT_FALSE(behind.empty());
    EXPECT_LT(behind.size(), all.size());
    EXPECT_EQ(behind.back().json().at("error").at("type"), "gap");
    for (std::size_t i = 0; i + 1 < behind.size(); ++i)
        EXPECT_EQ(sequence_of(behind[i], slow.id()), i + 1);
}

}  // namespace
}  // namespace sluice::end_to_end
