#include "gateway/doctor/event_reading.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::doctor::testing {
namespace {

const std::string native =
    "retry: 1000\nevent: start\ndata: {\"id\":\"1-a\",\"model\":\"mock\"}\nid: 1-a/0\n\n"
    "data: {\"text\":\"0@5000000 Words\"}\nid: 1-a/1\n\n"
    ": still there\n"
    "data: {\"text\":\"1@45000000  arrive\"}\nid: 1-a/2\n\n"
    "event: done\ndata: {\"finish_reason\":\"stop\"}\nid: 1-a/3\n\n";

TEST(EventReading, NotesDownWhenEachTokenWasMadeAndCameHoweverTheBytesAreCut) {
    for (std::size_t cut = 0; cut <= native.size(); ++cut) {
        SCOPED_TRACE(cut);
        event_reading reading(kind_of_stream::native);
        reading.take(std::string_view(native).substr(0, cut), 10);
        reading.take(std::string_view(native).substr(cut), 20);
        ASSERT_EQ(reading.pieces().size(), 2U);
        EXPECT_EQ(reading.pieces()[0].made_ms, 5);
        EXPECT_EQ(reading.pieces()[1].made_ms, 45);
        EXPECT_EQ(reading.pieces()[1].came_ms, cut >= native.find("event: done") ? 10 : 20);
        EXPECT_EQ(reading.stream_id(), "1-a");
        EXPECT_EQ(reading.first(), 0U);
        EXPECT_EQ(reading.last(), 3U);
        EXPECT_TRUE(reading.is_done());
        EXPECT_FALSE(reading.has_unstamped());
    }
}

TEST(EventReading, SeesATokenThatNoMockMade) {
    event_reading reading(kind_of_stream::native);
    reading.take("data: {\"text\":\"me@example.com \"}\nid: 1-a/1\n\n", 10);
    EXPECT_TRUE(reading.has_unstamped());
}

TEST(EventReading, ReadsTimeAndVersionOfTheLiveFeedWhereItSaysThem) {
    event_reading reading(kind_of_stream::feed);
    reading.take("data: {\"type\":\"stats\",\"streams\":0}\n\n", 5);
    reading.take(
        "data: {\"type\":\"stats\",\"time\":1764000000000,\"version\":\"0.1.0\"}\n\n", 205
    );
    ASSERT_EQ(reading.pieces().size(), 2U);
    EXPECT_EQ(reading.pieces()[0].made_ms, std::nullopt);
    EXPECT_EQ(reading.pieces()[1].made_ms, 1764000000000.0);
    EXPECT_EQ(reading.version(), "0.1.0");
}

TEST(EventReading, StandsWhatIsNoEventStreamOfAGateway) {
    const std::string id(30, '9');
    const std::vector<std::string> bodies{
        "<html>\n\n",
        "data: nonsense\n\n",
        "data: []\n\n",
        "data: {\"text\":7,\"time\":\"x\"}\n\n",
        "data: {\"text\":\"\"}\nid: /\n\n",
        "data: {\"text\":\"1@\"}\nid: a/" + id + "\n\n"};
    for (const auto& body : bodies) {
        SCOPED_TRACE(body);
        for (const auto kind : {kind_of_stream::feed, kind_of_stream::native}) {
            event_reading reading(kind);
            reading.take(body, 1);
            EXPECT_LE(reading.pieces().size(), 1U);
            EXPECT_EQ(reading.last(), std::nullopt);
        }
    }
}

TEST(EventReading, IsFullBeforeItTakesTooMuch) {
    event_reading reading(kind_of_stream::native);
    reading.take("data: " + std::string(2U << 20, 'x'), 1);
    EXPECT_TRUE(reading.is_full());
    event_reading many(kind_of_stream::feed);
    for (std::size_t i = 0; i <= event_reading::pieces_max; ++i)
        many.take("data: {}\n\n", 1);
    EXPECT_TRUE(many.is_full());
    EXPECT_EQ(many.pieces().size(), event_reading::pieces_max);
}

}  // namespace
}  // namespace sluice::gateway::doctor::testing
