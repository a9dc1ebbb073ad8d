#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

/// The same frames, of another model.
std::string renamed(std::string frames, const std::string& model) {
    for (auto at = frames.find("real-model"); at != std::string::npos;
         at = frames.find("real-model"))
        frames.replace(at, std::string("real-model").size(), model);
    return frames;
}

/// Says `Hello` as a model of that name.
upstream_script answer_as(const std::string& model) {
    return [model](upstream_exchange& exchange) {
        const auto body = exchange.read_request().json();
        if (!body.value("stream", false)) {
            exchange.answer(200, renamed(chat_document("Hello", 3, 1).dump(), model));
            return;
        }
        exchange.begin_stream();
        exchange.chunk(renamed(role_frame() + text_frame("Hello") + finish_frame(), model));
        exchange.chunk(done_frame);
        exchange.finish();
    };
}

/// Says who will speak, and leaves.
void leave_after_role(upstream_exchange& exchange) {
    exchange.read_request();
    exchange.begin_stream();
    exchange.chunk(renamed(role_frame(), "model-of-first"));
    exchange.reset();
}

/// The second is asked after one failure of the first.
routed_model one_after_the_other(const fake_upstream& first, const fake_upstream& second) {
    return routed_model().openai(first).openai(second, "priority: 2").policy("attempts: 2");
}

TEST(Failover, BeforeTheFirstContentIsUnseenInAChatStream) {
    fake_upstream first(leave_after_role);
    fake_upstream second(answer_as("model-of-second"));
    const gateway_process gateway(one_after_the_other(first, second).yaml());
    open_stream stream(gateway, ask_chat());
    EXPECT_EQ(stream.head().status, 200);
    EXPECT_EQ(stream.head().header("X-Sluice-Attempts"), "2");
    auto events = stream.rest();
    ASSERT_EQ(events.size(), 4U) << stream.body();
    EXPECT_EQ(events.back().data, "[DONE]");
    events.pop_back();
    EXPECT_EQ(chat_text(events), "Hello");
    for (const auto& event : events)
        EXPECT_EQ(event.json().at("model"), "model-of-second");
    EXPECT_EQ(count_of(stream.body(), "\"role\""), 1U) << stream.body();
}

TEST(Failover, BeforeTheFirstContentIsUnseenInANativeStream) {
    fake_upstream first(leave_after_role);
    fake_upstream second(answer_as("model-of-second"));
    const gateway_process gateway(one_after_the_other(first, second).yaml());
    open_stream stream(gateway, ask_native());
    EXPECT_EQ(stream.head().header("X-Sluice-Attempts"), "2");
    const auto events = stream.rest();
    EXPECT_EQ(count_type(events, "start"), 1U);
    EXPECT_EQ(native_text(events), "Hello");
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
    EXPECT_EQ(stream.body().find("model-of-first"), std::string::npos) << stream.body();
}

TEST(Failover, GivesADocumentOfTheOneThatAnswered) {
    fake_upstream first(leave_after_role);
    fake_upstream second(answer_as("model-of-second"));
    const gateway_process gateway(one_after_the_other(first, second).yaml());
    const auto chat = gateway.ask(ask_chat(false));
    EXPECT_EQ(chat.status, 200) << chat.body;
    EXPECT_EQ(chat.header("X-Sluice-Attempts"), "2");
    EXPECT_EQ(chat.json().at("model"), "model-of-second");
    EXPECT_EQ(chat.json().at("choices").at(0).at("message").at("content"), "Hello");
    const auto native = gateway.ask(ask_native(false));
    EXPECT_EQ(native.status, 200) << native.body;
    EXPECT_EQ(native.header("X-Sluice-Attempts"), "2");
    EXPECT_EQ(native.json().at("text"), "Hello");
}

TEST(Failover, IsInTheLogWithTheTargetThatAnswered) {
    fake_upstream first(refuse(503));
    fake_upstream second(say({"Hello"}));
    gateway_process gateway(one_after_the_other(first, second).yaml());
    open_stream(gateway, ask_chat()).rest();
    const auto line = json::parse(gateway.wait_for_log({"\"event\":\"request\"", "\"attempts\""}));
    EXPECT_EQ(line.at("attempts"), 2);
    EXPECT_EQ(line.at("target"), "second/model-2");
    EXPECT_EQ(line.at("outcome"), "completed");
    EXPECT_EQ(line.at("status"), 200);
}

TEST(Failover, LeavesATargetOfTheSamePriorityAtOnceForAnother) {
    // Whichever is asked first fails.
    std::atomic<int> asked{0};
    const upstream_script only_the_second_time = [&](upstream_exchange& exchange) {
        if (asked++ == 0) return refuse(503, {{"Retry-After", "1"}})(exchange);
        say({"Hello"})(exchange);
    };
    fake_upstream first(only_the_second_time);
    fake_upstream second(only_the_second_time);
    const gateway_process gateway(routed_model().openai(first).openai(second).yaml());
    const auto answer = gateway.ask(ask_chat(false));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(first.calls(), 1U);
    EXPECT_EQ(second.calls(), 1U);
}

TEST(Failover, AsksTheSameTargetAgainBeforeALowerPriority) {
    fake_upstream first(refuse(503));
    fake_upstream second(say({"Hello"}));
    const gateway_process gateway(
        routed_model().openai(first).openai(second, "priority: 2").policy("backoff: 1ms").yaml()
    );
    const auto answer = gateway.ask(ask_chat(false));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("X-Sluice-Attempts"), "3");
    EXPECT_EQ(first.calls(), 2U);
    EXPECT_EQ(second.calls(), 1U);
}

TEST(Failover, GoesOnFromAKeyThatIsRefusedAndFromAModelThatIsUnknown) {
    for (const int status : {401, 403, 404, 307}) {
        SCOPED_TRACE(status);
        fake_upstream first(refuse(status, {{"Location", "http://127.0.0.1:1/"}}));
        fake_upstream second(say({"Hello"}));
        const gateway_process gateway(
            routed_model().openai(first).openai(second, "priority: 2").yaml()
        );
        const auto answer = gateway.ask(ask_chat(false));
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(answer.header("X-Sluice-Attempts"), "2");
        EXPECT_EQ(first.calls(), 1U) << "what is refused once is refused again";
    }
}

TEST(Failover, DoesNotShopAroundWithARequestThatIsAtFaultItself) {
    for (const int status : {400, 413, 422}) {
        SCOPED_TRACE(status);
        fake_upstream first(refuse(status));
        fake_upstream second(say({"Hello"}));
        const gateway_process gateway(one_after_the_other(first, second).yaml());
        EXPECT_EQ(gateway.ask(ask_chat(false)).status, status);
        EXPECT_EQ(gateway.ask(ask_native()).status, status);
        EXPECT_EQ(first.calls(), 2U);
        EXPECT_EQ(second.calls(), 0U);
    }
}

TEST(Failover, DoesNotTakePingsForContent) {
    fake_upstream first([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame());
        while (!exchange.wait_closed(milliseconds(20)))
            exchange.chunk(": ping\n\n" + role_frame());
    });
    fake_upstream second(say({"Hello"}));
    const gateway_process gateway(
        one_after_the_other(first, second).policy("first_token_timeout: 300ms").yaml()
    );
    EXPECT_EQ(native_text(open_stream(gateway, ask_native()).rest()), "Hello");
}

TEST(Failover, ThrowsAwayTheIdentityAndTheUsageOfTheOneThatFailed) {
    const auto frames = anthropic_frames({"never"});
    fake_upstream first([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(frames.substr(0, frames.find("event: content_block_delta")));
        exchange.reset();
    });
    fake_upstream second([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("Hello") + finish_frame() + usage_frame(40, 1));
        exchange.chunk(done_frame);
        exchange.finish();
    });
    gateway_process gateway(
        routed_model().anthropic(first).openai(second, "priority: 2").policy("attempts: 2").yaml()
    );
    open_stream stream(gateway, ask_anthropic());
    EXPECT_EQ(anthropic_text(stream.rest()), "Hello") << stream.body();
    EXPECT_EQ(count_of(stream.body(), "event: message_start"), 1U);
    EXPECT_EQ(stream.body().find("msg_fake"), std::string::npos) << stream.body();
    EXPECT_EQ(stream.body().find("claude-fake"), std::string::npos) << stream.body();
    const auto line = json::parse(gateway.wait_for_log({"\"outcome\":\"completed\""}));
    EXPECT_EQ(line.at("input_tokens"), 40);
    EXPECT_EQ(line.at("discarded_tokens"), 3) << "the first has read the prompt, too";
}

TEST(Failover, IsUnseenByAnEventSourceToo) {
    fake_upstream first(leave_after_role);
    fake_upstream second(answer_as("model-of-second"));
    const gateway_process gateway(one_after_the_other(first, second).yaml());
    open_stream stream(gateway, get("/v1/stream?prompt=Hi&model=up"));
    EXPECT_EQ(stream.head().header("X-Sluice-Attempts"), "2");
    EXPECT_EQ(native_text(stream.rest()), "Hello");
}

TEST(Failover, HoldsForDetachedStreams) {
    fake_upstream first(leave_after_role);
    fake_upstream second(answer_as("model-of-second"));
    const gateway_process gateway(one_after_the_other(first, second).yaml());
    const auto begun =
        gateway.ask(post("/v1/streams?detach=true", {{"model", "up"}, {"prompt", "Hi"}}));
    ASSERT_EQ(begun.status, 202) << begun.body;
    open_stream reader(gateway, get(begun.json().at("url")));
    EXPECT_EQ(native_text(reader.rest()), "Hello") << reader.body();
}

TEST(Failover, HoldsForEmbeddings) {
    fake_upstream first(refuse(503));
    fake_upstream second([](upstream_exchange& exchange) {
        exchange.read_request();
        const json vector{
            {"object", "embedding"}, {"index", 0}, {"embedding", json::array({0.5, 1.5})}};
        exchange.answer(
            200,
            json({{"object", "list"},
                  {"model", "model-of-second"},
                  {"data", json::array({vector})},
                  {"usage", {{"prompt_tokens", 2}, {"total_tokens", 2}}}}
            ).dump()
        );
    });
    const gateway_process gateway(one_after_the_other(first, second).yaml());
    const auto answer = gateway.ask(post("/v1/embeddings", {{"model", "up"}, {"input", "Hi"}}));
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("X-Sluice-Attempts"), "2");
    EXPECT_EQ(answer.json().at("data").at(0).at("embedding"), json::array({0.5, 1.5}));
}

TEST(Failover, OfOneRequestServesAllWhoAskedUnderItsName) {
    gate fail;
    fake_upstream first([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.wait(fail);
        exchange.reset();
    });
    fake_upstream second(say({"Hel", "lo"}));
    const gateway_process gateway(
        one_after_the_other(first, second).server("commit_after: 10ms").yaml()
    );
    open_stream one(gateway, ask_native().header("Idempotency-Key", "a"));
    open_stream other(gateway, ask_native().header("Idempotency-Key", "a"));
    fail.open();
    EXPECT_EQ(native_text(one.rest()), "Hello");
    EXPECT_EQ(native_text(other.rest()), "Hello");
    EXPECT_EQ(first.calls() + second.calls(), 2U);
}

}  // namespace
}  // namespace sluice::end_to_end
