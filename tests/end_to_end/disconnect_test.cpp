#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using closing_time = std::optional<steady::time_point>;

/// The contract's figure; a sanitizer's build on a busy machine is slower than what it stands for.
constexpr milliseconds cancel_max{sanitized ? 1000 : 100};

const json user_turn{{"role", "user"}, {"content", "Hello"}};
const json chat{{"model", "up"}, {"stream", true}, {"messages", json::array({user_turn})}};
const json native{{"model", "up"}, {"prompt", "Hello"}};

/// An upstream that says `before`, then nothing, and notes when the gateway hangs up.
struct watched_upstream {
    explicit watched_upstream(std::string before)
        : server([this, before](upstream_exchange& exchange) {
              exchange.read_request();
              if (!before.empty()) exchange.begin_stream();
              if (!before.empty()) exchange.chunk(before);
              asked.put(token{});
              closed.put(exchange.wait_closed());
          }) {}

    mailbox<token> asked;
    mailbox<closing_time> closed;
    fake_upstream server;
};

enum class leaving { close, reset, half_close };

void leave(raw_client& client, leaving how) {
    if (how == leaving::close) client.close();
    if (how == leaving::reset) client.reset();
    if (how == leaving::half_close) client.shutdown_write();
}

/// How long the upstream stayed open after the client had left: the best of three, because the
/// machine's own hiccups are not the gateway's.
milliseconds time_to_cancel(
    const json& body, const request& base, std::string before, leaving how
) {
    auto best = patience;
    for (int attempt = 0; attempt < 3; ++attempt) {
        watched_upstream upstream(before);
        const gateway_process gateway(
            configuration_text().upstream(upstream.server.base_url()).yaml()
        );
        raw_client client(gateway.port());
        request message = base;
        client.send(message.body(body.dump()));
        if (!before.empty()) client.read_head();
        if (!before.empty()) client.read_body_part();
        upstream.asked.expect();
        const auto left = steady::now();
        leave(client, how);
        const auto closed = upstream.closed.expect();
        if (!closed) throw harness_error("the upstream was never closed");
        best = std::min(best, std::chrono::ceil<milliseconds>(*closed - left));
    }
    return best;
}

TEST(Disconnect, CancelsTheUpstreamMidStream) {
    const auto before = role_frame() + text_frame("Hel");
    for (const auto how : {leaving::close, leaving::reset, leaving::half_close}) {
        SCOPED_TRACE(static_cast<int>(how));
        EXPECT_LE(
            time_to_cancel(chat, request("POST", "/v1/chat/completions"), before, how), cancel_max
        );
    }
}

TEST(Disconnect, CancelsTheUpstreamBeforeItsFirstToken) {
    for (const auto how : {leaving::close, leaving::reset, leaving::half_close}) {
        SCOPED_TRACE(static_cast<int>(how));
        EXPECT_LE(
            time_to_cancel(chat, request("POST", "/v1/chat/completions"), "", how), cancel_max
        );
    }
}

TEST(Disconnect, CancelsWhenADocumentWasAskedFor) {
    auto body = chat;
    body["stream"] = false;
    const request message("POST", "/v1/chat/completions");
    EXPECT_LE(time_to_cancel(body, message, "", leaving::close), cancel_max);
}

TEST(Disconnect, CancelsANativeStreamWhereTheRequestSaysSo) {
    auto message = request("POST", "/v1/streams").header("X-Stream-On-Disconnect", "cancel");
    EXPECT_LE(time_to_cancel(native, message, text_frame("Hel"), leaving::close), cancel_max);
}

TEST(Disconnect, CancelsANativeStreamWhoseIdWasNeverSent) {
    EXPECT_LE(
        time_to_cancel(native, request("POST", "/v1/streams"), "", leaving::close), cancel_max
    );
}

/// An upstream that goes on when the test says so, and afterwards notes whether it was left alone.
struct stepping_upstream {
    gate step;
    mailbox<bool> closed;
    fake_upstream server{[this](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(text_frame("one "));
        exchange.wait(step);
        exchange.chunk(text_frame("two"));
        exchange.wait(step);
        closed.put(exchange.wait_closed(milliseconds(600)).has_value());
        exchange.chunk(finish_frame());
        exchange.chunk(done_frame);
        exchange.finish();
    }};
};

TEST(Disconnect, ANativeStreamGoesOnForItsGraceAndCanBeResumed) {
    stepping_upstream upstream;
    const gateway_process gateway(configuration_text().upstream(upstream.server.base_url()).yaml());
    open_stream first(gateway, post("/v1/streams", native));
    first.expect_next();
    const auto seen = first.expect_next();
    first.client().reset();
    upstream.step.open(2);
    EXPECT_FALSE(upstream.closed.expect()) << "the upstream was cancelled within the grace";
    open_stream second(gateway, get(first.url()).header("Last-Event-ID", seen.id));
    const auto events = second.rest();
    EXPECT_EQ(native_text(events), "two");
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
}

TEST(Disconnect, ANativeStreamThatNobodyResumesIsCancelledAfterItsGrace) {
    watched_upstream upstream(text_frame("one "));
    const gateway_process gateway(
        configuration_text().upstream(upstream.server.base_url()).streams("grace: 500ms").yaml()
    );
    open_stream first(gateway, post("/v1/streams", native));
    first.expect_next();
    first.expect_next();
    const auto left = steady::now();
    first.client().close();
    const auto closed = upstream.closed.expect();
    ASSERT_TRUE(closed.has_value());
    EXPECT_GE(*closed - left, milliseconds(400));
    EXPECT_LE(*closed - left, milliseconds(3000));
    open_stream late(gateway, get(first.url()));
    EXPECT_NE(late.rest().back().json().at("finish_reason"), "stop");
}

TEST(Disconnect, AReaderThatComesBackEndsTheGrace) {
    stepping_upstream upstream;
    const gateway_process gateway(
        configuration_text().upstream(upstream.server.base_url()).streams("grace: 400ms").yaml()
    );
    open_stream first(gateway, post("/v1/streams", native));
    first.expect_next();
    first.expect_next();
    first.client().close();
    open_stream second(gateway, get(first.url()));
    second.expect_next();
    upstream.step.open(2);
    EXPECT_FALSE(upstream.closed.expect());
    EXPECT_EQ(second.rest().back().json().at("finish_reason"), "stop");
}

TEST(Disconnect, KeepOutlivesEveryGrace) {
    stepping_upstream upstream;
    const gateway_process gateway(
        configuration_text().upstream(upstream.server.base_url()).streams("grace: 100ms").yaml()
    );
    open_stream first(
        gateway, post("/v1/streams", native).header("X-Stream-On-Disconnect", "keep")
    );
    first.expect_next();
    first.expect_next();
    first.client().close();
    upstream.step.open(2);
    EXPECT_FALSE(upstream.closed.expect());
    open_stream late(gateway, get(first.url()));
    const auto events = late.rest();
    EXPECT_EQ(native_text(events), "one two");
    EXPECT_EQ(events.back().json().at("finish_reason"), "stop");
}

TEST(Disconnect, TheRoutesPolicyHoldsWhereTheRequestSaysNothing) {
    watched_upstream upstream(text_frame("one "));
    const gateway_process gateway(configuration_text()
                                      .upstream(upstream.server.base_url())
                                      .policy("on_disconnect: cancel")
                                      .yaml());
    open_stream first(gateway, post("/v1/streams", native));
    first.expect_next();
    const auto left = steady::now();
    first.client().close();
    const auto closed = upstream.closed.expect();
    ASSERT_TRUE(closed.has_value());
    EXPECT_LE(*closed - left, milliseconds(3000));
}

TEST(Disconnect, AnUnknownPolicyIsRefusedByName) {
    const gateway_process gateway(configuration_text().yaml());
    const auto response = gateway.ask(
        post("/v1/streams", {{"prompt", "Hello"}}).header("X-Stream-On-Disconnect", "perhaps")
    );
    EXPECT_EQ(response.status, 400);
    EXPECT_NE(response.body.find("X-Stream-On-Disconnect"), std::string::npos) << response.body;
}

}  // namespace
}  // namespace sluice::end_to_end
