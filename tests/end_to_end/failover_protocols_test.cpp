#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

std::string text_of_chat(event_list events) {
    if (!events.empty() && events.back().data == "[DONE]") events.pop_back();
    return chat_text(events);
}

// ---- the client's own protocol, and another ----

TEST(FailoverProtocols, AChatStreamIsTranslatedFromTheTargetThatSpeaksAnother) {
    fake_upstream first(refuse(503));
    fake_upstream second(say_as_anthropic({"Hel", "lo"}));
    const gateway_process gateway(
        routed_model().openai(first).anthropic(second, "priority: 2").policy("attempts: 2").yaml()
    );
    open_stream stream(gateway, ask_chat());
    EXPECT_EQ(stream.head().header("X-Sluice-Attempts"), "2");
    EXPECT_EQ(text_of_chat(stream.rest()), "Hello") << stream.body();
    EXPECT_EQ(count_of(stream.body(), "[DONE]"), 1U);
    EXPECT_EQ(count_of(stream.body(), "\"finish_reason\":\"stop\""), 1U) << stream.body();
    EXPECT_EQ(first.expect_request().target, "/v1/chat/completions");
    EXPECT_EQ(second.expect_request().target, "/v1/messages");
}

TEST(FailoverProtocols, AChatStreamComesByteForByteFromTheTargetThatSpeaksIt) {
    fake_upstream first(refuse(503));
    const std::string frames = role_frame() + text_frame("Hel") + ": a comment of its own\n\n" +
                               text_frame("lo") + finish_frame() + std::string(done_frame);
    fake_upstream second([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(frames);
        exchange.finish();
    });
    const gateway_process gateway(
        routed_model().anthropic(first).openai(second, "priority: 2").policy("attempts: 2").yaml()
    );
    open_stream stream(gateway, ask_chat());
    EXPECT_EQ(stream.head().header("X-Sluice-Attempts"), "2");
    EXPECT_EQ(text_of_chat(stream.rest()), "Hello");
    EXPECT_EQ(stream.body(), frames);
}

TEST(FailoverProtocols, AnAnthropicStreamComesByteForByteFromTheTargetThatSpeaksIt) {
    fake_upstream first(refuse(503));
    fake_upstream second(say_as_anthropic({"Hel", "lo"}));
    const gateway_process gateway(
        routed_model().openai(first).anthropic(second, "priority: 2").policy("attempts: 2").yaml()
    );
    open_stream stream(gateway, ask_anthropic());
    EXPECT_EQ(stream.head().header("X-Sluice-Attempts"), "2");
    EXPECT_EQ(anthropic_text(stream.rest()), "Hello");
    EXPECT_EQ(stream.body(), anthropic_frames({"Hel", "lo"}));
}

TEST(FailoverProtocols, AnAnthropicStreamIsTranslatedFromTheTargetThatSpeaksAnother) {
    fake_upstream first(refuse(503));
    fake_upstream second(say({"Hel", "lo"}));
    const gateway_process gateway(
        routed_model().anthropic(first).openai(second, "priority: 2").policy("attempts: 2").yaml()
    );
    open_stream stream(gateway, ask_anthropic());
    EXPECT_EQ(anthropic_text(stream.rest()), "Hello") << stream.body();
    EXPECT_EQ(count_of(stream.body(), "event: message_stop"), 1U);
}

TEST(FailoverProtocols, ADocumentIsThatOfTheTargetThatAnswered) {
    fake_upstream first(refuse(503));
    fake_upstream second(say({"Hello"}));
    const gateway_process gateway(
        routed_model().anthropic(first).openai(second, "priority: 2").policy("attempts: 2").yaml()
    );
    EXPECT_EQ(gateway.ask(ask_chat(false)).json(), chat_document("Hello", 3, 1));
    const auto translated = gateway.ask(ask_anthropic(false));
    EXPECT_EQ(translated.status, 200) << translated.body;
    EXPECT_EQ(translated.json().at("content").at(0).at("text"), "Hello");
}

// ---- requests that not every target can carry ----

request ask_two_choices() {
    return post(
        "/v1/chat/completions",
        {{"model", "up"}, {"n", 2}, {"stream", true}, {"messages", one_turn()}}
    );
}

TEST(FailoverProtocols, ATargetThatCannotCarryTheRequestIsPassedOver) {
    fake_upstream first(say_as_anthropic({"first"}));
    fake_upstream second(say({"second"}));
    const gateway_process gateway(
        routed_model().anthropic(first).openai(second, "priority: 2").yaml()
    );
    for (int i = 0; i < 10; ++i) {
        open_stream stream(gateway, ask_two_choices());
        EXPECT_EQ(stream.head().status, 200);
        EXPECT_EQ(stream.head().header("X-Sluice-Attempts"), "1");
        EXPECT_EQ(text_of_chat(stream.rest()), "second");
    }
    EXPECT_EQ(first.calls(), 0U);
    EXPECT_EQ(look_at_target(gateway, "first").at("state"), "closed");
    EXPECT_EQ(look_at_target(gateway, "first").at("failed"), 0);
}

TEST(FailoverProtocols, ARequestThatNobodyCanCarryIsRefused) {
    fake_upstream first(say_as_anthropic({"first"}));
    fake_upstream second(say_as_anthropic({"second"}));
    const gateway_process gateway(
        routed_model().anthropic(first).anthropic(second, "priority: 2").yaml()
    );
    const auto answer = gateway.ask(ask_two_choices());
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_NE(answer.json().at("error").at("message").get<std::string>(), "");
    EXPECT_EQ(first.calls() + second.calls(), 0U);
}

TEST(FailoverProtocols, TheFailureOfTheOneThatCanIsToldAndNotThatTheOtherCannot) {
    fake_upstream first(refuse(429, {{"Retry-After", "9"}}));
    fake_upstream second(say_as_anthropic({"second"}));
    const gateway_process gateway(
        routed_model().openai(first).anthropic(second, "priority: 2").yaml()
    );
    const auto answer = gateway.ask(ask_two_choices());
    EXPECT_EQ(answer.status, 429) << answer.body;
    EXPECT_EQ(answer.header("Retry-After"), "9");
    EXPECT_EQ(answer.header("X-Sluice-Attempts"), "1");
}

}  // namespace
}  // namespace sluice::end_to_end
