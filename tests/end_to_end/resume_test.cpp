#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const json hello{{"prompt", "Hello"}};
const std::string unknown_id = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

request start(const std::string& tokens = "20") {
    return post("/v1/streams", hello).header("X-Mock-Tokens", tokens);
}

std::string last_number(const event_list& events) {
    return events.back().id.substr(events.back().id.rfind('/') + 1);
}

/// An id of the right shape that nobody gave out.
std::string unknown_like(std::string id) {
    std::reverse(id.end() - 12, id.end());
    return id;
}

/// One finished stream and how to ask for it again.
struct finished_stream {
    explicit finished_stream(const std::string& yaml = configuration_text().yaml())
        : gateway(yaml), stream(gateway, start()), events(stream.rest()) {}

    event_list after(const std::string& last_event_id) {
        open_stream again(gateway, get(stream.url()).header("Last-Event-ID", last_event_id));
        EXPECT_EQ(again.head().status, 200);
        return again.rest();
    }
    int status_after(const std::string& last_event_id) {
        return gateway.ask(get(stream.url()).header("Last-Event-ID", last_event_id)).status;
    }

    gateway_process gateway;
    open_stream stream;
    event_list events;
};

void expect_same(const event_list& got, const event_list& all, std::size_t from) {
    ASSERT_EQ(got.size(), all.size() - from);
    for (std::size_t i = 0; i < got.size(); ++i)
        EXPECT_EQ(got[i].raw, all[from + i].raw);
}

TEST(Resume, ReplaysAFinishedStreamFromTheBeginning) {
    finished_stream held;
    open_stream again(held.gateway, get(held.stream.url()));
    EXPECT_EQ(again.head().status, 200);
    EXPECT_EQ(again.id(), held.stream.id());
    EXPECT_EQ(again.head().header("Connection"), "close");
    expect_same(again.rest(), held.events, 0);
}

TEST(Resume, GoesOnAfterTheLastEventSeenWhereverThatWas) {
    finished_stream held;
    for (std::size_t seen = 0; seen + 1 < held.events.size(); ++seen) {
        SCOPED_TRACE(seen);
        expect_same(held.after(held.events[seen].id), held.events, seen + 1);
    }
}

TEST(Resume, TakesABareNumberInTheQueryAndPrefersTheHeader) {
    finished_stream held;
    open_stream bare(held.gateway, get(held.stream.url() + "?last_event_id=3"));
    expect_same(bare.rest(), held.events, 4);
    open_stream full(
        held.gateway, get(held.stream.url() + "?last_event_id=" + held.stream.id() + "/3")
    );
    expect_same(full.rest(), held.events, 4);
    open_stream both(
        held.gateway,
        get(held.stream.url() + "?last_event_id=3").header("Last-Event-ID", held.events[5].id)
    );
    expect_same(both.rest(), held.events, 6);
}

TEST(Resume, SaysNoContentExactlyWhenDoneWasSeen) {
    finished_stream held;
    EXPECT_EQ(held.status_after(held.events.back().id), 204);
    EXPECT_EQ(held.after(held.events[held.events.size() - 2].id).size(), 1U);
    const auto by_query =
        held.gateway.ask(get(held.stream.url() + "?last_event_id=" + last_number(held.events)));
    EXPECT_EQ(by_query.status, 204);
    EXPECT_EQ(by_query.body, "");
}

TEST(Resume, RefusesPositionsThatAreNone) {
    finished_stream held;
    finished_stream other;
    const auto id = held.stream.id();
    for (const auto& position :
         {std::string("nonsense"),
          id,
          id + "/",
          id + "/-1",
          id + "/1x",
          id + "/99999",
          id + "/18446744073709551616",
          id + "/1/2",
          unknown_id + "/1",
          other.stream.id() + "/1",
          std::string("3"),
          std::string(5000, '7')}) {
        EXPECT_EQ(held.status_after(position), 400) << position.substr(0, 60);
    }
}

TEST(Resume, DoesNotKnowAnIdThatNobodyGaveOut) {
    finished_stream held;
    const auto like = unknown_like(held.stream.id());
    for (const auto& id : {unknown_id, like, std::string("x"), held.stream.id() + "x"}) {
        const auto response = held.gateway.ask(get("/v1/streams/" + id));
        EXPECT_EQ(response.status, 404) << id;
        EXPECT_TRUE(response.json().contains("error"));
    }
}

TEST(Resume, ForgetsFinishedStreamsAfterTheirRetention) {
    finished_stream held(configuration_text().streams("retention: 300ms").yaml());
    EXPECT_EQ(held.gateway.ask(get(held.stream.url())).status, 200);
    EXPECT_TRUE(eventually([&] { return held.gateway.ask(get(held.stream.url())).status == 404; }));
}

TEST(Resume, FindsTheStreamWhicheverWorkerOwnsIt) {
    finished_stream held(configuration_text().server("workers: 2").yaml());
    for (int connection = 0; connection < 24; ++connection) {
        SCOPED_TRACE(connection);
        open_stream again(held.gateway, get(held.stream.url()));
        expect_same(again.rest(), held.events, 0);
    }
}

TEST(Resume, GivesTheWholeTextAfterACutConnection) {
    const gateway_process gateway(configuration_text().yaml());
    open_stream reference(gateway, start("30"));
    const auto expected = native_text(reference.rest());
    for (const auto* cut : {"cut-after=1", "cut-after=7", "cut-after=29"}) {
        SCOPED_TRACE(cut);
        open_stream first(
            gateway, start("30").header("X-Mock-Error", cut).header("X-Mock-Rate", "200")
        );
        auto events = first.rest();
        EXPECT_FALSE(first.ended_whole());
        EXPECT_EQ(count_type(events, "done"), 0U);
        // A reset may take with it what the client had not read yet: only the id is relied on.
        auto again = get(first.url());
        if (!events.empty()) again.header("Last-Event-ID", events.back().id);
        open_stream second(gateway, again);
        for (auto& event : second.rest())
            events.push_back(std::move(event));
        for (std::size_t i = 0; i < events.size(); ++i) {
            EXPECT_EQ(sequence_of(events[i], first.id()), i);
        }
        EXPECT_EQ(native_text(events), expected);
        EXPECT_EQ(count_type(events, "done"), 1U);
    }
}

/// `GET /v1/stream` as EventSource uses it, in front of an upstream that counts.
TEST(Resume, EventSourcesReconnectNeverGeneratesAgain) {
    fake_upstream upstream(say({"Hel", "lo"}));
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    const auto url = std::string("/v1/stream?prompt=Hello&model=up");
    open_stream first(gateway, get(url));
    const auto events = first.rest();
    ASSERT_EQ(native_text(events), "Hello");
    open_stream resumed(gateway, get(url).header("Last-Event-ID", events[1].id));
    expect_same(resumed.rest(), events, 2);
    const auto ask_again = [&](const std::string& id) {
        return gateway.ask(get(url).header("Last-Event-ID", id)).status;
    };
    EXPECT_EQ(ask_again(events.back().id), 204);
    EXPECT_EQ(ask_again(unknown_like(first.id()) + "/3"), 404);
    EXPECT_EQ(ask_again("nonsense"), 400);
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST(Resume, TellsFirstAndHeadWhenThePositionHasLeftTheJournal) {
    const gateway_process gateway(
        configuration_text().streams("backlog: 16KiB").streams("journal: 64KiB").yaml()
    );
    open_stream stream(gateway, start("4000"));
    const auto events = stream.rest();
    const auto gone = gateway.ask(get(stream.url()).header("Last-Event-ID", stream.id() + "/3"));
    ASSERT_EQ(gone.status, 410);
    const auto body = json::parse(gone.body);
    EXPECT_EQ(body.at("error").at("type"), "gone");
    EXPECT_EQ(std::to_string(body.at("head").get<int>()), last_number(events));
    const auto first = body.at("first").get<std::size_t>();
    open_stream rest(gateway, get(stream.url() + "?last_event_id=" + std::to_string(first - 1)));
    ASSERT_EQ(rest.head().status, 200);
    expect_same(rest.rest(), events, first);
}

}  // namespace
}  // namespace sluice::end_to_end
