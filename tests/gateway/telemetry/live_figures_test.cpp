#include "gateway/telemetry/live_figures.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const live_figures::clock::time_point start{};

TEST(LiveFigures, TellWhatIsAndWhatCameSinceTheLastLook) {
    counters one;
    counters two;
    one.content_items.add(1000);
    const std::vector<const counters*> workers{&one, &two};
    live_figures figures{workers, start};
    one.streams_live.add(2);
    two.streams_live.add(1);
    one.content_items.add(100);
    two.content_items.add(200);
    two.requests[2].add(5);
    two.requests[4].add(1);
    const auto first = json::parse(figures.next(start + 2s));
    EXPECT_EQ(first.at("type"), "stats");
    EXPECT_EQ(first.at("message"), "3 streams, 150 tokens/s");
    EXPECT_EQ(first.at("streams"), 3);
    EXPECT_EQ(first.at("tokens_per_second"), 150);
    EXPECT_EQ(first.at("requests_per_second"), 3);
    EXPECT_EQ(first.at("requests_total"), 6);
    two.streams_live.add(-1);
    one.streams_live.add(-1);
    one.content_items.add(1);
    EXPECT_EQ(json::parse(figures.next(start + 3s)).at("message"), "1 stream, 1 token/s");
}

TEST(LiveFigures, HaveNoRateWithoutTime) {
    counters one;
    const std::vector<const counters*> workers{&one};
    live_figures figures{workers, start};
    one.content_items.add(10);
    EXPECT_EQ(json::parse(figures.next(start)).at("tokens_per_second"), 0);
}

}  // namespace
}  // namespace sluice::gateway::testing
