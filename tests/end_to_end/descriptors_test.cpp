#include "tests/end_to_end/support/bare_gateway.hpp"
#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <poll.h>
#include <sstream>
#include <sys/socket.h>
#include <thread>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

constexpr std::size_t descriptors = 64;
constexpr std::size_t crowd = 300;
const json up_hello{{"prompt", "Hello"}, {"model", "up"}};

/// A gateway that may have 64 descriptors and can't have more.
struct small_house {
    explicit small_house(const configuration_text& text, std::size_t lines = 1)
        : gateway(
              "/bin/sh",
              {"-c",
               "ulimit -n " + std::to_string(descriptors) + "; exec \"$0\" \"$@\"",
               sluice_binary(),
               "serve",
               "--config",
               folder.write("sluice.yaml", text.yaml())},
              lines
          ) {}

    temporary_folder folder;
    bare_gateway gateway;
};

/// Connections that ask for nothing.
std::vector<unique_fd> connect_many(std::uint16_t port, std::size_t count) {
    std::vector<unique_fd> connections;
    for (std::size_t i = 0; i < count; ++i)
        connections.push_back(connect_loopback(port));
    return connections;
}

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

/// Clients that have asked something and stay, answered or not.
class waiting_room {
 public:
    void fill(std::uint16_t port, std::size_t count) {
        const auto question = get("/livez").bytes();
        for (std::size_t i = 0; i < count; ++i) {
            clients_.push_back(connect_loopback(port));
            ::send(clients_.back().get(), question.data(), question.size(), MSG_NOSIGNAL);
        }
    }

    /// How many have got an answer so far: those that were let in.
    std::size_t answered() const {
        std::vector<pollfd> looks;
        for (const auto& client : clients_)
            looks.push_back({client.get(), POLLIN, 0});
        ::poll(looks.data(), looks.size(), 0);
        return static_cast<std::size_t>(std::count_if(looks.begin(), looks.end(), [](auto& look) {
            return (look.revents & POLLIN) != 0;
        }));
    }

 private:
    std::vector<unique_fd> clients_;
};

/// User and system time of a process so far.
std::chrono::duration<double> processor_time(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text{std::istreambuf_iterator<char>(file), {}};
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i)
        fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return std::chrono::duration<double>((user + system) / double(::sysconf(_SC_CLK_TCK)));
}

/// What part of one core the process takes, measured over a second.
double load_of(pid_t pid) {
    const auto begun = steady::now();
    const auto before = processor_time(pid);
    std::this_thread::sleep_until(begun + milliseconds(1000));
    return (processor_time(pid) - before) / (steady::now() - begun);
}

bool answers(std::uint16_t port, milliseconds limit) {
    try {
        raw_client client(port);
        client.send(get("/livez").header("Connection", "close"));
        return client.read_head(false, limit).status == 200;
    } catch (const harness_error&) {
        return false;
    }
}

TEST(Descriptors, ConnectionsTakeHalfOfThemAtMost) {
    const small_house house{configuration_text()};
    waiting_room room;
    room.fill(house.gateway.port(), crowd);
    EXPECT_TRUE(eventually([&] { return room.answered() == descriptors / 2; }));
    EXPECT_FALSE(answers(house.gateway.port(), milliseconds(300)));
    EXPECT_EQ(room.answered(), descriptors / 2);
}

TEST(Descriptors, BothListenersTogetherTakeHalfOfThemAtMost) {
    const small_house house(
        configuration_text().server("admin: [\"127.0.0.1:0\"]").server("workers: 2"), 2
    );
    waiting_room room;
    room.fill(house.gateway.port(0), crowd / 2);
    room.fill(house.gateway.port(1), crowd / 2);
    // Whoever looks last before all is full lets the last one in, or does not.
    constexpr std::size_t listeners = 4;
    EXPECT_TRUE(eventually([&] { return room.answered() > descriptors / 2 - listeners; }));
    EXPECT_FALSE(answers(house.gateway.port(0), milliseconds(200)));
    EXPECT_FALSE(answers(house.gateway.port(1), milliseconds(200)));
    EXPECT_LE(room.answered(), descriptors / 2);
}

TEST(Descriptors, AFullHouseRestsAndLetsOthersInWhenTheyLeave) {
    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two"}, step)};
    const small_house house(configuration_text().upstream(upstream.base_url()));
    const auto port = house.gateway.port();
    open_stream live(port, post("/v1/streams", up_hello));
    live.expect_next();
    live.expect_next();
    auto waiting = connect_many(port, crowd);
    ASSERT_FALSE(answers(port, milliseconds(200)));
    EXPECT_LT(load_of(house.gateway.pid()), 0.5);
    step.open(2);
    EXPECT_EQ(native_text(live.rest()), "two");
    EXPECT_TRUE(live.ended_whole());
    waiting.clear();
    EXPECT_TRUE(answers(port, milliseconds(1000)));
}

/// Each stream takes a second descriptor, for its provider, so that none is left before all the
/// clients are there that may come.
TEST(Descriptors, AcceptingThatFailsIsToldOnceAndTriedAgain) {
    gate step;
    fake_upstream upstream{say_step_by_step({"one ", "two"}, step)};
    const small_house house{configuration_text().upstream(upstream.base_url())};
    const auto port = house.gateway.port();
    constexpr int streams = 20;
    std::vector<std::unique_ptr<open_stream>> live;
    for (int i = 0; i < streams; ++i) {
        live.push_back(std::make_unique<open_stream>(port, post("/v1/streams", up_hello)));
        live.back()->expect_next();
        live.back()->expect_next();
    }
    auto waiting = connect_many(port, crowd);
    ASSERT_TRUE(eventually([&] { return count_of(house.gateway.log(), "accept failed") > 0; }));
    EXPECT_LT(load_of(house.gateway.pid()), 0.5);
    EXPECT_EQ(count_of(house.gateway.log(), "accept failed"), 1U);
    waiting.clear();
    EXPECT_TRUE(answers(port, milliseconds(1000)));
    step.open(2 * streams);
    for (const auto& stream : live) {
        EXPECT_EQ(native_text(stream->rest()), "two");
        EXPECT_TRUE(stream->ended_whole());
    }
}

}  // namespace
}  // namespace sluice::end_to_end
