#include "gateway/telemetry/log_sink.hpp"

#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <array>
#include <chrono>
#include <memory>
#include <poll.h>
#include <sstream>
#include <string>
#include <thread>
#include <unistd.h>

namespace sluice::gateway::testing {
namespace {

bool takes_more(int fd) {
    pollfd ready{fd, POLLOUT, 0};
    return ::poll(&ready, 1, 0) == 1;
}

std::string read_all(int fd) {
    std::string all;
    std::array<char, 65536> some;
    for (ssize_t count = 0; (count = ::read(fd, some.data(), some.size())) > 0;)
        all.append(some.data(), static_cast<std::size_t>(count));
    return all;
}

TEST(LogSink, HoldsNobodyUpWhereNobodyReadsAndTellsHowManyLinesItDropped) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    constexpr std::size_t lines = 4200;
    std::string text;
    std::thread reader;
    const auto dropped_before = log_sink::lines_dropped();
    {
        auto sink = std::make_shared<log_sink>(ends[1], [](std::size_t dropped) {
            return "dropped " + std::to_string(dropped);
        });
        sink->set_pattern("%v");
        spdlog::logger logger("test", sink);
        for (std::size_t i = 0; i < 200; ++i)
            logger.info("{} {}", i, std::string(1000, 'x'));
        while (takes_more(ends[1])) {
        }  // until the writer waits for a reader
        for (std::size_t i = 200; i < lines; ++i)
            logger.info("{} {}", i, std::string(1000, 'x'));
        const auto begun = std::chrono::steady_clock::now();
        logger.flush();
        EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
        reader = std::thread([&] { text = read_all(ends[0]); });
    }
    ::close(ends[1]);
    reader.join();
    ::close(ends[0]);

    std::istringstream written(text);
    std::size_t next = 0;
    std::size_t dropped = 0;
    for (std::string line; std::getline(written, line);) {
        if (line.starts_with("dropped "))
            dropped = std::stoul(line.substr(8));
        else
            EXPECT_EQ(line.substr(0, line.find(' ')), std::to_string(next++));
    }
    EXPECT_GT(dropped, 0U);
    EXPECT_EQ(next + dropped, lines);
    EXPECT_EQ(log_sink::lines_dropped() - dropped_before, static_cast<std::int64_t>(dropped));
}

}  // namespace
}  // namespace sluice::gateway::testing
