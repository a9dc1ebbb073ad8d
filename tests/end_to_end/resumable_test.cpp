#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

json chat(const std::string& model) {
    return {
        {"model", model},
        {"stream", true},
        {"messages", json::array({{{"role", "user"}, {"content", "Hello"}}})}};
}

request resumable(const std::string& model) {
    return post("/v1/chat/completions", chat(model)).header("X-Stream-Resumable", "true");
}

TEST(Resumable, AChatStreamBearsIdsAndItsName) {
    fake_upstream upstream(say({"Hel", "lo"}));
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    for (const auto* model : {"up", "mock"}) {
        SCOPED_TRACE(model);
        open_stream stream(gateway, resumable(model));
        ASSERT_NE(stream.id(), "");
        EXPECT_EQ(stream.head().header("Location"), stream.url());
        const auto events = stream.rest();
        EXPECT_EQ(events.back().data, "[DONE]");
        for (std::size_t i = 0; i < events.size(); ++i)
            EXPECT_EQ(sequence_of(events[i], stream.id()), i);
        EXPECT_NE(events[0].raw.find("retry: 1000\n"), std::string::npos);
    }
}

TEST(Resumable, AttachingReplaysTheDialectsOwnFramesOnEveryWorker) {
    fake_upstream upstream(say({"Hel", "lo"}));
    const gateway_process gateway(
        configuration_text().server("workers: 2").upstream(upstream.base_url()).yaml()
    );
    open_stream stream(gateway, resumable("up"));
    const auto all = stream.rest();
    for (int connection = 0; connection < 8; ++connection) {
        for (std::size_t seen = 0; seen + 1 < all.size(); ++seen) {
            open_stream again(gateway, get(stream.url()).header("Last-Event-ID", all[seen].id));
            const auto rest = again.rest();
            ASSERT_EQ(rest.size(), all.size() - seen - 1);
            for (std::size_t i = 0; i < rest.size(); ++i)
                EXPECT_EQ(rest[i].raw, all[seen + 1 + i].raw);
        }
        EXPECT_EQ(
            gateway.ask(get(stream.url()).header("Last-Event-ID", all.back().id)).status, 204
        );
    }
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST(Resumable, GoesOnForAWhileWhenItsClientLeaves) {
    gate step;
    fake_upstream upstream(say_step_by_step({"one ", "two"}, step));
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    std::string url;
    {
        open_stream stream(gateway, resumable("up"));
        stream.expect_next();
        url = stream.url();
    }
    step.open(2);
    open_stream again(gateway, get(url));
    EXPECT_EQ(chat_text(again.rest()), "one two");
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST(Resumable, ThePostItselfSentAgainGoesOnWhereItsReaderWas) {
    fake_upstream upstream(say({"Hel", "lo"}));
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    open_stream chat_stream(gateway, resumable("up"));
    const auto all = chat_stream.rest();
    open_stream again(gateway, resumable("up").header("Last-Event-ID", all[1].id));
    EXPECT_EQ(again.rest().size(), all.size() - 2);

    const auto native = post("/v1/streams", {{"prompt", "Hello"}, {"model", "up"}});
    open_stream native_stream(gateway, native);
    const auto events = native_stream.rest();
    auto repeated = native;
    open_stream rest(gateway, repeated.header("Last-Event-ID", events[1].id));
    EXPECT_EQ(rest.rest().size(), events.size() - 2);
    auto finished = native;
    EXPECT_EQ(gateway.ask(finished.header("Last-Event-ID", events.back().id)).status, 204);
    EXPECT_EQ(upstream.calls(), 2U);
}

TEST(Resumable, IsAskedForInSoManyWords) {
    const gateway_process gateway(configuration_text().yaml());
    open_stream plain(gateway, post("/v1/chat/completions", chat("mock")));
    EXPECT_EQ(plain.id(), "");
    for (const auto& event : plain.rest())
        EXPECT_EQ(event.raw.find("id:"), std::string::npos);
    const auto refused = gateway.ask(
        post("/v1/chat/completions", chat("mock")).header("X-Stream-Resumable", "perhaps")
    );
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(refused.json().at("error").at("param"), "X-Stream-Resumable");
}

}  // namespace
}  // namespace sluice::end_to_end
