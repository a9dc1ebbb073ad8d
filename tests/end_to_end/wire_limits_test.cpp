#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

const std::string prompt_body = R"({"prompt":"Hi","stream":false})";

std::string post_head(const std::string& fields) {
    return "POST /v1/streams HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
           fields + "\r\n";
}

TEST(WireLimits, AHeadOverItsLimitIsRefusedAndClosed) {
    const gateway_process gateway(configuration_text().yaml());
    for (const std::size_t size : {40'000UL, 1'000'000UL}) {
        SCOPED_TRACE(size);
        raw_client client = gateway.connect();
        client.try_send(get("/livez").header("X-Long", std::string(size, 'x')).bytes());
        EXPECT_EQ(client.read_response().status, 431);
        EXPECT_TRUE(client.is_closed_by_peer());
    }
    EXPECT_EQ(gateway.ask(get("/livez").header("X-Long", std::string(8'000, 'x'))).status, 200);
}

TEST(WireLimits, TheHeadsLimitCanBeConfigured) {
    const gateway_process gateway(configuration_text().server("limits: {header: 2KiB}").yaml());
    EXPECT_EQ(gateway.ask(get("/livez").header("X-Long", std::string(4'000, 'x'))).status, 431);
}

TEST(WireLimits, MoreThanAHundredFieldsAreRefused) {
    const gateway_process gateway(configuration_text().yaml());
    const auto with_fields = [](int count) {
        auto message = get("/livez");
        for (int i = 0; i < count; ++i)
            message.header("X-" + std::to_string(i), "v");
        return message;
    };
    EXPECT_EQ(gateway.ask(with_fields(90)).status, 200);
    EXPECT_EQ(gateway.ask(with_fields(150)).status, 431);
}

TEST(WireLimits, ABodyOverItsLimitIsRefusedBeforeItIsRead) {
    const gateway_process gateway(configuration_text().server("limits: {body: 100KiB}").yaml());
    raw_client announced = gateway.connect();
    announced.send(post_head("Content-Length: 100000000\r\n"));
    EXPECT_EQ(announced.read_response().status, 413);
    announced.try_send(std::string(100'000, 'x'));  // the answer outlives what was on its way
    EXPECT_TRUE(announced.is_closed_by_peer());

    raw_client chunked = gateway.connect();
    chunked.send(post_head("Transfer-Encoding: chunked\r\n"));
    const std::string chunk = "4000\r\n" + std::string(0x4000, ' ') + "\r\n";
    for (int i = 0; i < 10; ++i)
        chunked.try_send(chunk);
    EXPECT_EQ(chunked.read_response().status, 413);
    EXPECT_TRUE(chunked.is_closed_by_peer());
}

TEST(WireLimits, ABodyBelowItsLimitIsTakenWhateverItsSize) {
    const gateway_process gateway(configuration_text().yaml());
    const auto body = "{\"prompt\":\"" + std::string(2'000'000, 'x') + "\",\"stream\":false}";
    EXPECT_EQ(gateway.ask(post_text("/v1/streams", body).header("X-Mock-Tokens", "2")).status, 200);
}

TEST(WireLimits, ExpectTooLargeIsAnsweredWithoutTheBody) {
    const gateway_process gateway(configuration_text().server("limits: {body: 100KiB}").yaml());
    raw_client client = gateway.connect();
    client.send(post_head("Expect: 100-continue\r\nContent-Length: 100000000\r\n"));
    EXPECT_EQ(client.read_head().status, 413);
}

TEST(WireLimits, ManyTinyChunksAreOneBody) {
    const gateway_process gateway(configuration_text().yaml());
    raw_client client = gateway.connect();
    std::string bytes = post_head("Transfer-Encoding: chunked\r\n");
    for (const char c : prompt_body)
        bytes += "1\r\n" + std::string(1, c) + "\r\n";
    client.send(bytes + "0\r\n\r\n");
    EXPECT_EQ(client.read_response().status, 200);
}

/// The fixed limits of ten seconds and of 240 bytes a second after five.
void expect_timed_out(raw_client& client) {
    const auto begun = steady::now();
    const auto response = client.read_response(false, milliseconds(18'000));
    EXPECT_EQ(response.status, 408);
    EXPECT_GE(steady::now() - begun, milliseconds(4000));
    EXPECT_LE(steady::now() - begun, milliseconds(15'000));
    EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(WireLimits, AHeadThatDoesNotComeInTimeIsRefused) {
    const gateway_process gateway(configuration_text().yaml());
    raw_client client = gateway.connect();
    client.send("GET /livez HTTP/1.1\r\nHost: loc");
    expect_timed_out(client);
}

TEST(WireLimits, ABodyThatDoesNotComeIsRefused) {
    const gateway_process gateway(configuration_text().yaml());
    raw_client client = gateway.connect();
    client.send(post_head("Content-Length: 5000\r\n") + "{\"prompt\":");
    expect_timed_out(client);
}

TEST(WireLimits, ABodyThatComesByteByByteIsRefusedAtItsRate) {
    const gateway_process gateway(configuration_text().yaml());
    raw_client client = gateway.connect();
    client.send(post_head("Content-Length: 100000\r\n"));
    const auto begun = steady::now();
    while (client.stays_silent(milliseconds(100)) && steady::now() - begun < milliseconds(15'000)) {
        client.try_send(" ");
    }
    EXPECT_GE(steady::now() - begun, milliseconds(4000));
    EXPECT_EQ(client.read_response().status, 408);
}

TEST(WireLimits, AnIdleConnectionIsClosedWithoutAWord) {
    const gateway_process gateway(configuration_text().server("idle: 1s").yaml());
    raw_client client = gateway.connect();
    client.send(get("/livez"));
    EXPECT_EQ(client.read_response().status, 200);
    EXPECT_TRUE(client.is_closed_by_peer(milliseconds(5000)));
}

TEST(WireLimits, ConnectionsOverTheirLimitHarmNobody) {
    const gateway_process gateway(configuration_text().server("limits: {connections: 10}").yaml());
    std::vector<raw_client> crowd;
    for (int i = 0; i < 10; ++i)
        crowd.push_back(gateway.connect());
    crowd[0].send(get("/livez"));
    EXPECT_EQ(crowd[0].read_response().status, 200);
    raw_client late = gateway.connect();
    late.try_send(get("/livez").bytes());
    crowd.clear();
    EXPECT_TRUE(eventually([&] {
        raw_client next = gateway.connect();
        next.try_send(get("/livez").bytes());
        try {
            return next.read_response(false, milliseconds(1000)).status == 200;
        } catch (const harness_error&) {
            return false;
        }
    }));
}

}  // namespace
}  // namespace sluice::end_to_end
