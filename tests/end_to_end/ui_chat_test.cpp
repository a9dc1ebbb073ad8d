#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

request say(const std::string& chat, const std::string& model = "mock") {
    const json text{{"type", "text"}, {"text", "Hi"}};
    const json message{{"id", "m1"}, {"role", "user"}, {"parts", json::array({text})}};
    return post(
        "/v1/ui/chat",
        {{"id", chat},
         {"model", model},
         {"trigger", "submit-message"},
         {"messages", json::array({message})}}
    );
}

request resume(const std::string& chat) {
    return get("/v1/ui/chat/" + chat + "/stream");
}

std::string ui_text(const event_list& events) {
    std::string text;
    for (const auto& event : events) {
        if (event.data == "[DONE]") continue;
        const auto part = event.json();
        if (part.at("type") == "text-delta") text += part.at("delta").get<std::string>();
    }
    return text;
}

/// A provider that says "one ", waits, and says "two".
struct slow_house {
    explicit slow_house(int workers = 1)
        : upstream(say_step_by_step({"one ", "two"}, step)),
          gateway(configuration_text()
                      .server("workers: " + std::to_string(workers))
                      .upstream(upstream.base_url())
                      .yaml()) {}

    gate step;
    fake_upstream upstream;
    gateway_process gateway;
};

TEST(UiChat, StreamsPartsUnderItsOwnHeaders) {
    const gateway_process gateway(configuration_text().yaml());
    open_stream stream(gateway, say("c1").header("X-Mock-Tokens", "3"));
    EXPECT_EQ(stream.head().status, 200);
    EXPECT_EQ(stream.head().header("x-vercel-ai-ui-message-stream"), "v1");
    EXPECT_FALSE(stream.id().empty());
    const auto events = stream.rest();
    ASSERT_GT(events.size(), 4U);
    EXPECT_EQ(events.front().json().at("type"), "start");
    EXPECT_EQ(events.back().data, "[DONE]");
    EXPECT_EQ(stream.body().find("id: "), std::string::npos);
    EXPECT_EQ(stream.body().find("event: "), std::string::npos);
}

TEST(UiChat, NeedsNoModel) {
    const gateway_process gateway(configuration_text().yaml());
    const json text{{"type", "text"}, {"text", "Hi"}};
    const json message{{"id", "m1"}, {"role", "user"}, {"parts", json::array({text})}};
    open_stream stream(
        gateway,
        post(
            "/v1/ui/chat", {{"id", "c"}, {"messages", json::array({message})}}
        ).header("X-Mock-Tokens", "3")
    );
    EXPECT_EQ(stream.head().status, 200);
    EXPECT_EQ(stream.head().header("X-Sluice-Model"), "mock");
    EXPECT_EQ(stream.rest().back().data, "[DONE]");
}

TEST(UiChat, HasNothingToResumeWhereNothingRuns) {
    const gateway_process gateway(configuration_text().yaml());
    EXPECT_EQ(gateway.ask(resume("nobody")).status, 204);
}

TEST(UiChat, IsResumedFromTheBeginningOnEveryWorker) {
    slow_house house(2);
    {
        open_stream first(house.gateway, say("c1", "up"));
        while (ui_text({first.expect_next()}) != "one ") {
        }
    }
    for (int reader = 0; reader < 4; ++reader) {
        open_stream again(house.gateway, resume("c1"));
        ASSERT_EQ(again.head().status, 200);
        EXPECT_EQ(again.head().header("x-vercel-ai-ui-message-stream"), "v1");
        EXPECT_EQ(again.expect_next().json().at("type"), "start");
    }
    open_stream last(house.gateway, resume("c1"));
    house.step.open(2);
    const auto events = last.rest();
    EXPECT_EQ(ui_text(events), "one two");
    EXPECT_EQ(events.back().data, "[DONE]");
    EXPECT_EQ(house.upstream.calls(), 1U);
}

TEST(UiChat, TellsAnEndThatNobodyHasSeenAndNoOther) {
    slow_house house;
    {
        open_stream first(house.gateway, say("c1", "up"));
        first.expect_next();
    }
    house.step.open(2);
    open_stream again(house.gateway, resume("c1"));
    EXPECT_EQ(ui_text(again.rest()), "one two");
    EXPECT_EQ(house.gateway.ask(resume("c1")).status, 204);
}

TEST(UiChat, IsStoppedByItsOwnAddress) {
    slow_house house;
    open_stream stream(house.gateway, say("c1", "up"));
    stream.expect_next();
    EXPECT_EQ(house.gateway.ask(remove("/v1/ui/chat/c1/stream")).status, 204);
    const auto events = stream.rest();
    ASSERT_FALSE(events.empty());
    bool aborted = false;
    for (const auto& event : events)
        aborted = aborted || event.raw.find("\"abort\"") != std::string::npos;
    EXPECT_TRUE(aborted);
    EXPECT_EQ(house.gateway.ask(remove("/v1/ui/chat/c1/stream")).status, 204);
    EXPECT_EQ(house.gateway.ask(remove("/v1/ui/chat/other/stream")).status, 204);
}

TEST(UiChat, ANewMessageEndsTheAnswerBefore) {
    slow_house house;
    open_stream first(house.gateway, say("c1", "up"));
    first.expect_next();
    open_stream second(house.gateway, say("c1").header("X-Mock-Tokens", "3"));
    bool aborted = false;
    for (const auto& event : first.rest())
        aborted = aborted || event.raw.find("\"abort\"") != std::string::npos;
    EXPECT_TRUE(aborted);
    EXPECT_EQ(second.rest().back().data, "[DONE]");
}

TEST(UiChat, ARequestThatIsRepeatedUnderItsNameJoinsItsAnswer) {
    slow_house house;
    open_stream first(house.gateway, say("c1", "up").header("Idempotency-Key", "k1"));
    first.expect_next();
    open_stream again(house.gateway, say("c1", "up").header("Idempotency-Key", "k1"));
    again.expect_next();
    house.step.open(2);
    EXPECT_EQ(ui_text(first.rest()), "one two");
    EXPECT_EQ(ui_text(again.rest()), "one two");
    EXPECT_EQ(house.upstream.calls(), 1U);
}

TEST(UiChat, ARefusedMessageLeavesTheAnswerBeforeAlone) {
    slow_house house;
    open_stream first(house.gateway, say("c1", "up"));
    first.expect_next();
    EXPECT_EQ(house.gateway.ask(say("c1", "nowhere")).status, 404);
    house.step.open(2);
    EXPECT_EQ(ui_text(first.rest()), "one two");
}

TEST(UiChat, IsFoundAgainThoughItHasSaidNothingYet) {
    const gateway_process gateway(configuration_text().yaml());
    const auto slow = [] { return say("c1").header("X-Mock-Ttft-Ms", "900"); };
    {
        raw_client leaving = gateway.connect();
        leaving.send(slow().header("X-Mock-Tokens", "3"));
        // Once it is counted it has begun.
        while (gateway.ask(get("/metrics")).body.find("sluice_streams_active 1") ==
               std::string::npos) {
        }
    }
    http_response answer;
    while ((answer = gateway.ask(resume("c1"))).status == 204) {
    }
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(answer.body.find("[DONE]"), std::string::npos);
}

TEST(UiChat, OfAnotherKeyIsAnotherChat) {
    gate step;
    fake_upstream upstream(say_step_by_step({"one ", "two"}, step));
    const gateway_process gateway(configuration_text()
                                      .upstream(upstream.base_url())
                                      .key("a", "key-a")
                                      .key("b", "key-b")
                                      .yaml());
    open_stream stream(gateway, say("c1", "up").header("x-api-key", "key-a"));
    stream.expect_next();
    EXPECT_EQ(gateway.ask(resume("c1").header("x-api-key", "key-b")).status, 204);
    EXPECT_EQ(gateway.ask(resume("c1")).status, 401);
    step.open(2);
    EXPECT_EQ(ui_text(stream.rest()), "one two");
}

}  // namespace
}  // namespace sluice::end_to_end
