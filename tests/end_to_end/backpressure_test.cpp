#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/raw_client.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

constexpr std::size_t mebibyte = 1U << 20;

/// What the kernel's buffers on two connections may swallow besides the gateway's own bounds.
constexpr std::size_t upstream_bytes_max = 24 * mebibyte;
constexpr std::size_t endless_bytes = 512 * mebibyte;
constexpr std::size_t gateway_growth_max = (sanitized ? 64 : 8) * mebibyte;

request chat() {
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    return post(
        "/v1/chat/completions", {{"model", "up"}, {"stream", true}, {"messages", messages}}
    );
}

/// An upstream that never ends and tells how much it got rid of.
struct endless_upstream {
    mailbox<std::size_t> stuck_at;
    mailbox<bool> closed;
    fake_upstream server{[this](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        const std::string frame = text_frame(std::string(8000, 'x'));
        char size[16];
        std::snprintf(size, sizeof size, "%zx\r\n", frame.size());
        const std::string chunk = size + frame + "\r\n";
        stuck_at.put(exchange.send_until_stuck(chunk, endless_bytes, milliseconds(700)));
        closed.put(exchange.wait_closed().has_value());
    }};
};

TEST(Backpressure, AReaderThatReadsNothingHoldsTheUpstreamWithinBounds) {
    endless_upstream upstream;
    const gateway_process gateway(configuration_text().upstream(upstream.server.base_url()).yaml());
    const auto before = gateway.resident_bytes();
    open_stream idle(gateway, chat(), 16 * 1024);
    EXPECT_LT(upstream.stuck_at.expect(), upstream_bytes_max);
    EXPECT_LT(gateway.resident_bytes(), before + gateway_growth_max);
}

TEST(Backpressure, HoldsForNativeStreamsToo) {
    endless_upstream upstream;
    const gateway_process gateway(configuration_text().upstream(upstream.server.base_url()).yaml());
    const auto before = gateway.resident_bytes();
    open_stream idle(gateway, post("/v1/streams", {{"model", "up"}, {"prompt", "Hi"}}), 16 * 1024);
    EXPECT_LT(upstream.stuck_at.expect(), upstream_bytes_max);
    EXPECT_LT(gateway.resident_bytes(), before + gateway_growth_max);
}

TEST(Backpressure, AReaderThatTakesNothingForTooLongIsDropped) {
    endless_upstream upstream;
    const gateway_process gateway(
        configuration_text().upstream(upstream.server.base_url()).streams("write_stall: 1s").yaml()
    );
    open_stream idle(gateway, chat(), 16 * 1024);
    EXPECT_TRUE(upstream.closed.expect());
}

bool tells(const gateway_process& gateway, const std::string& figure) {
    return gateway.ask(get("/metrics")).body.find('\n' + figure + '\n') != std::string::npos;
}

TEST(Backpressure, AClientMayEndItsSideWhileTheEndOfItsStreamIsUnsent) {
    const gateway_process gateway(configuration_text().yaml());
    bool seen = false;
    // How much the kernel takes for a client that does not read is its own affair: more of it each
    // time, until a stream has ended and its reader has not had all of it.
    for (int tokens = 8000; tokens < 24000 && !seen; tokens += 200) {
        raw_client client(gateway.port(), 4096);
        const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
        const json body{{"model", "mock"}, {"stream", true}, {"messages", messages}};
        client.send(post("/v1/chat/completions", body)
                        .header("X-Mock-Tokens", std::to_string(tokens))
                        .header("X-Mock-Rate", "0")
                        .header("X-Mock-Ttft-Ms", "0"));
        client.read_head();
        const deadline limit{milliseconds(400)};
        while (!limit.passed() && !tells(gateway, "sluice_streams_active 0")) {
        }
        seen = tells(gateway, "sluice_streams_active 0") &&
               tells(gateway, "sluice_stream_subscribers 1");
        client.shutdown_write();
        if (seen) client.read_to_end();
        client.close();
        while (!tells(gateway, "sluice_stream_subscribers 0")) {
        }
    }
    EXPECT_TRUE(seen);
    EXPECT_EQ(gateway.ask(get("/livez")).status, 200);
}

TEST(Backpressure, AnotherStreamBesideTheSlowOneRunsAtFullSpeed) {
    endless_upstream upstream;
    const gateway_process gateway(configuration_text().upstream(upstream.server.base_url()).yaml());
    open_stream idle(gateway, chat(), 16 * 1024);
    upstream.stuck_at.expect();
    const auto begun = steady::now();
    open_stream brisk(
        gateway,
        post("/v1/streams", {{"model", "mock"}, {"prompt", "Hi"}}).header("X-Mock-Tokens", "100")
    );
    EXPECT_EQ(brisk.rest().back().type, "done");
    EXPECT_LT(steady::now() - begun, milliseconds(3000));
}

TEST(Backpressure, AReaderThatGoesOnReadingLosesNothing) {
    constexpr int frames = 5000;
    gate never;
    fake_upstream upstream([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        for (int i = 0; i < frames; ++i) {
            exchange.chunk(text_frame(std::to_string(i) + std::string(4000, '.') + "\n"));
        }
        exchange.chunk(finish_frame());
        exchange.chunk(done_frame);
        exchange.finish();
    });
    const gateway_process gateway(
        configuration_text().upstream(upstream.base_url()).policy("progress_timeout: 300ms").yaml()
    );
    open_stream slow(gateway, chat(), 16 * 1024);
    // The pause is ours, so it is not counted against the provider.
    never.pass(milliseconds(800));
    const auto events = slow.rest();
    ASSERT_EQ(events.size(), frames + 2U);
    for (int i = 0; i < frames; ++i) {
        EXPECT_EQ(std::stoi(chat_text({events[static_cast<std::size_t>(i)]})), i);
    }
    EXPECT_EQ(events.back().data, "[DONE]");
}

}  // namespace
}  // namespace sluice::end_to_end
