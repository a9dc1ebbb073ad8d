#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

request detach(const json& body = {{"prompt", "Hello"}}) {
    return post("/v1/streams?detach=true", body);
}

TEST(Detached, BeginsWithoutAReaderAndSaysWhereToFindIt) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    const auto begun = gateway.ask(detach().header("X-Mock-Tokens", "20"));
    ASSERT_EQ(begun.status, 202);
    const auto id = begun.json().at("id").get<std::string>();
    EXPECT_EQ(begun.json().at("url"), "/v1/streams/" + id);
    EXPECT_EQ(begun.header("Location"), "/v1/streams/" + id);
    EXPECT_EQ(begun.header("X-Stream-Id"), id);
    for (int reader = 0; reader < 4; ++reader) {
        open_stream stream(gateway, get("/v1/streams/" + id));
        const auto events = stream.rest();
        ASSERT_EQ(events.size(), 22U);
        for (std::size_t i = 0; i < events.size(); ++i)
            EXPECT_EQ(sequence_of(events[i], id), i);
        EXPECT_EQ(events.back().type, "done");
    }
}

TEST(Detached, AcceptsJsonAsTheWayToSayWhatItWantsBack) {
    const gateway_process gateway(configuration_text().yaml());
    const auto begun = gateway.ask(detach().header("Accept", "application/json"));
    EXPECT_EQ(begun.status, 202);
}

TEST(Detached, GoesOnWhenItsReaderLeaves) {
    gate step;
    fake_upstream upstream(say_step_by_step({"one ", "two"}, step));
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    const auto begun = gateway.ask(detach({{"prompt", "Hello"}, {"model", "up"}}));
    const auto url = begun.header("Location");
    {
        open_stream reader(gateway, get(url));
        reader.expect_next();
        reader.expect_next();
    }
    step.open(2);
    open_stream again(gateway, get(url));
    EXPECT_EQ(native_text(again.rest()), "one two");
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST(Detached, IsRefusedAtOnceWhereItCouldNeverWork) {
    const gateway_process gateway(configuration_text().yaml());
    EXPECT_EQ(gateway.ask(detach({{"prompt", "Hi"}, {"model", "nowhere"}})).status, 404);
    EXPECT_EQ(gateway.ask(detach({{"temperature", 1}})).status, 400);
    EXPECT_EQ(gateway.ask(detach({{"prompt", "Hi"}, {"stream", false}})).status, 400);
    EXPECT_EQ(gateway.ask(post("/v1/streams?detach=maybe", {{"prompt", "Hi"}})).status, 400);
}

TEST(Detached, IsBoundedThoughNoConnectionBoundsIt) {
    const gateway_process gateway(
        configuration_text().server("limits: {connections: 3}").mock("rate: 1").yaml()
    );
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(gateway.ask(detach()).status, 202);
    const auto refused = gateway.ask(detach());
    EXPECT_EQ(refused.status, 503);
    EXPECT_EQ(refused.header("Retry-After"), "1");
}

TEST(Detached, IsBoundedTogetherWithAllThatOutlivesItsClient) {
    const gateway_process gateway(
        configuration_text().server("limits: {connections: 3}").mock("rate: 1").yaml()
    );
    for (int i = 0; i < 3; ++i) {
        open_stream kept(
            gateway,
            post("/v1/streams", {{"prompt", "Hi"}}).header("X-Stream-On-Disconnect", "keep")
        );
        ASSERT_EQ(kept.head().status, 200);
        kept.expect_next();
    }
    EXPECT_EQ(gateway.ask(post("/v1/streams", {{"prompt", "Hi"}})).status, 503);
    EXPECT_EQ(gateway.ask(detach()).status, 503);
}

TEST(Detached, GoesOnWhateverTheRouteDoesWithReadersThatLeave) {
    const gateway_process gateway(configuration_text().policy("on_disconnect: cancel").yaml());
    const auto begun =
        gateway.ask(detach().header("X-Mock-Tokens", "30").header("X-Mock-Rate", "100"));
    {
        open_stream reader(gateway, get(begun.header("Location")));
        reader.expect_next();
    }
    open_stream again(gateway, get(begun.header("Location")));
    EXPECT_EQ(again.rest().back().json().at("finish_reason"), "stop");
}

TEST(Detached, IsOnlyForPostsThatSayYes) {
    const gateway_process gateway(configuration_text().yaml());
    const json chat{
        {"model", "mock"}, {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})}};
    EXPECT_EQ(gateway.ask(post("/v1/chat/completions?detach=true", chat)).status, 400);
    const auto document = gateway.ask(
        post("/v1/streams?detach=false", {{"prompt", "Hi"}}).header("Accept", "application/json")
    );
    EXPECT_EQ(document.status, 200);
    EXPECT_TRUE(document.json().contains("text"));
    const auto read = gateway.ask(get("/v1/stream?prompt=Hi&detach=true"));
    EXPECT_EQ(read.status, 200);
}

TEST(Detached, PutsNoMoreOfTheModelsNameIntoAHeaderThanOthersDo) {
    const gateway_process gateway(configuration_text().model("wild*").yaml());
    const auto begun =
        gateway.ask(detach({{"prompt", "Hi"}, {"model", "wild" + std::string(5000, 'x') + "\x01"}})
        );
    ASSERT_EQ(begun.status, 202);
    EXPECT_EQ(begun.header("X-Sluice-Model").size(), 200U);
}

TEST(Detached, TellsInItsDoneWhatFailsLater) {
    const gateway_process gateway(configuration_text().yaml());
    const auto begun = gateway.ask(detach().header("X-Mock-Error", "503"));
    ASSERT_EQ(begun.status, 202);
    open_stream reader(gateway, get(begun.header("Location")));
    const auto events = reader.rest();
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(events[1].type, "done");
    EXPECT_EQ(events[1].json().at("finish_reason"), "error");
}

TEST(Detached, CanBeStoppedWithoutEverHavingBeenRead) {
    const gateway_process gateway(configuration_text().yaml());
    const auto begun =
        gateway.ask(detach().header("X-Mock-Tokens", "5000").header("X-Mock-Rate", "1"));
    EXPECT_EQ(gateway.ask(remove(begun.header("Location"))).status, 204);
    open_stream reader(gateway, get(begun.header("Location")));
    EXPECT_EQ(reader.rest().back().json().at("finish_reason"), "cancelled");
}

}  // namespace
}  // namespace sluice::end_to_end
