#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const std::string page = "https://chat.example.com";
const json up_prompt{{"model", "up"}, {"prompt", "Hi"}, {"stream", false}};

request preflight(const std::string& method, const std::string& headers) {
    return request("OPTIONS", "/v1/streams/AAAAAAAAAAAAAAAAAAAAAAAA")
        .header("Origin", page)
        .header("Access-Control-Request-Method", method)
        .header("Access-Control-Request-Headers", headers);
}

void expect_cors(const http_response& response) {
    const auto allowed = response.header("Access-Control-Allow-Origin");
    EXPECT_TRUE(allowed == page || allowed == "*") << allowed;
    if (allowed != "*") {
        EXPECT_THAT(response.header("Vary"), HasSubstr("Origin"));
    }
    EXPECT_FALSE(response.has("Access-Control-Allow-Credentials"));
}

class CorsOfTheMock : public ::testing::Test {
 protected:
    gateway_process gateway{configuration_text().yaml()};
};

TEST_F(CorsOfTheMock, APreflightEchoesHeadersAndAllowsDelete) {
    const auto response =
        gateway.ask(preflight("DELETE", "authorization, x-mock-rate, last-event-id"));
    EXPECT_EQ(response.status / 100, 2);
    expect_cors(response);
    EXPECT_THAT(response.header("Access-Control-Allow-Methods"), HasSubstr("DELETE"));
    for (const auto* name : {"authorization", "x-mock-rate", "last-event-id"}) {
        EXPECT_THAT(response.header("Access-Control-Allow-Headers"), HasSubstr(name));
    }
}

TEST_F(CorsOfTheMock, EveryAnswerCanBeReadByThePage) {
    open_stream stream(gateway, post("/v1/streams", {{"prompt", "Hi"}}).header("Origin", page));
    const std::vector<http_response> responses{
        stream.head(),
        gateway.ask(get("/nothing").header("Origin", page)),
        gateway.ask(post_text("/v1/chat/completions", "{").header("Origin", page)),
        gateway.ask(get("/v1/models").header("Origin", page))};
    for (const auto& response : responses) {
        SCOPED_TRACE(response.status);
        expect_cors(response);
        const auto exposed = response.header("Access-Control-Expose-Headers");
        for (const auto* name : {"Location", "X-Request-Id", "X-Stream-Id", "Retry-After"}) {
            EXPECT_THAT(exposed, HasSubstr(name));
        }
    }
}

/// A gateway in front of a real provider, which is where the stricter rules hold.
struct real_house {
    explicit real_house(configuration_text text = {})
        : gateway(text.upstream(upstream.base_url()).yaml()) {}
    int status_of(const request& message) { return gateway.ask(message).status; }

    fake_upstream upstream{say({"Hi"})};
    gateway_process gateway;
};

TEST(CorsOfAProvider, IsOffUnlessConfigured) {
    real_house house;
    EXPECT_FALSE(house.gateway.ask(get("/v1/models").header("Origin", page))
                     .has("Access-Control-Allow-Origin"));
    const auto response = house.gateway.ask(preflight("POST", "content-type"));
    EXPECT_FALSE(response.has("Access-Control-Allow-Origin"));
}

TEST(CorsOfAProvider, AForeignPageStartsAndStopsNothing) {
    real_house house;
    EXPECT_EQ(house.status_of(post("/v1/streams", up_prompt).header("Origin", page)), 403);
    EXPECT_EQ(house.status_of(post("/v1/streams", up_prompt).header("Origin", "null")), 403);
    EXPECT_EQ(
        house.status_of(post("/v1/streams", up_prompt).header("Sec-Fetch-Site", "cross-site")), 403
    );
    const auto url = std::string("/v1/stream?model=up&prompt=Hi");
    EXPECT_EQ(house.status_of(get(url).header("Origin", page)), 403);
    EXPECT_EQ(house.status_of(get(url).header("Sec-Fetch-Site", "cross-site")), 403);
    EXPECT_EQ(
        house.status_of(remove("/v1/streams/AAAAAAAAAAAAAAAAAAAAAAAA").header("Origin", page)), 403
    );
    EXPECT_EQ(house.upstream.calls(), 0U);
}

TEST(CorsOfAProvider, ThePageOfTheGatewayItselfIsNotForeign) {
    real_house house;
    const auto host = "localhost:" + std::to_string(house.gateway.port());
    const auto own = post("/v1/streams", up_prompt)
                         .header("Host", host)
                         .header("Origin", "http://" + host)
                         .header("Sec-Fetch-Site", "same-origin");
    EXPECT_EQ(house.status_of(own), 200);
}

TEST(CorsOfAProvider, AListedPageMayDoEverything) {
    real_house house(configuration_text().server("cors: {origins: [\"" + page + "\"]}"));
    const auto response = house.gateway.ask(
        post("/v1/streams", up_prompt).header("Origin", page).header("Sec-Fetch-Site", "cross-site")
    );
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.header("Access-Control-Allow-Origin"), page);
    EXPECT_THAT(response.header("Vary"), HasSubstr("Origin"));
    const auto other = post("/v1/streams", up_prompt).header("Origin", "https://evil.example");
    EXPECT_EQ(house.status_of(other), 403);
}

TEST(Host, MustBeOneThatCannotBeReboundWhereNobodyNeedsAKey) {
    real_house house(configuration_text().server("hosts: [gateway.example.com]"));
    for (const auto* good :
         {"localhost",
          "localhost:8080",
          "127.0.0.1:80",
          "[::1]:80",
          "10.1.2.3",
          "gateway.example.com",
          "GATEWAY.example.com:8080"}) {
        EXPECT_EQ(house.status_of(post("/v1/streams", up_prompt).header("Host", good)), 200)
            << good;
    }
    for (const auto* bad :
         {"evil.example",
          "localhost.evil.example",
          "127.0.0.1.evil.example",
          "xgateway.example.com"}) {
        EXPECT_EQ(house.status_of(post("/v1/streams", up_prompt).header("Host", bad)), 421) << bad;
        EXPECT_EQ(house.status_of(get("/v1/models").header("Host", bad)), 421) << bad;
    }
}

TEST(Host, MayBeAnyForTheMockAlone) {
    const gateway_process gateway(configuration_text().yaml());
    EXPECT_EQ(gateway.ask(get("/v1/models").header("Host", "anything.example")).status, 200);
}

TEST(Prefetch, NeverGenerates) {
    real_house house;
    for (const auto* purpose : {"prefetch", "prefetch;prerender"}) {
        const auto response =
            house.gateway.ask(get("/v1/stream?model=up&prompt=Hi").header("Sec-Purpose", purpose));
        EXPECT_NE(response.status, 200);
        EXPECT_FALSE(response.has("X-Stream-Id"));
    }
    EXPECT_EQ(house.upstream.calls(), 0U);
}

}  // namespace
}  // namespace sluice::end_to_end
