#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

// Pages of anybody's, in the browser of somebody who may speak with the gateway.
namespace sluice::hostile {
namespace {

using namespace std::string_literals;
using end_to_end::configuration_text;
using end_to_end::fake_upstream;
using end_to_end::gateway_process;
using end_to_end::get;
using end_to_end::http_response;
using end_to_end::post;
using end_to_end::request;
using nlohmann::json;

const std::string listed = "https://chat.example.com";

/// Origins that are not the listed one, however much they look like it.
std::vector<std::string> foreign_origins() {
    return {
        "https://evil.example",
        "http://chat.example.com",
        "https://chat.example.com.evil.example",
        "https://evilchat.example.com",
        "https://chat.example.com:444",
        "https://chat.example.com:80",
        "https://chat.example.co",
        "https://chat.example.comm",
        "https://sub.chat.example.com",
        "https://chat-example.com",
        "https://chat.example.com@evil.example",
        "https://evil.example/https://chat.example.com",
        "https://evil.example#https://chat.example.com",
        "https://chat.example.com%00.evil.example",
        "null",
        "file://",
        "chrome-extension://abcdef",
        "moz-extension://abcdef",
        "https://",
        "https://*",
        "*",
        "https://chat.example.com, https://evil.example",
        "chat.example.com",
        "//chat.example.com",
        "https://chat.example.com_.evil.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "https://ch\xc3\xa4t.example.com",
        "https://xn--cht-qla.example.com"};
}

std::vector<request> that_begin_or_stop(const std::string& model) {
    const json messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    return {
        post("/v1/streams", {{"model", model}, {"prompt", "Hi"}, {"stream", false}}),
        post("/v1/streams?detach=true", {{"model", model}, {"prompt", "Hi"}}),
        post("/v1/chat/completions", {{"model", model}, {"messages", messages}}),
        post("/v1/messages", {{"model", model}, {"max_tokens", 9}, {"messages", messages}}),
        post("/v1/responses", {{"model", model}, {"input", "Hi"}}),
        post("/api/chat", {{"model", model}, {"messages", messages}, {"stream", false}}),
        get("/v1/stream?model=" + model + "&prompt=Hi"),
        end_to_end::remove("/v1/streams/0-AAAAAAAAAAAAAAAAAAAAAA"),
    };
}

void expect_no_credentials(const http_response& answer, const std::string& about) {
    EXPECT_NE(answer.header("Access-Control-Allow-Credentials"), "true") << about;
}

struct house {
    explicit house(configuration_text text = {})
        : gateway(text.upstream(provider.base_url()).yaml()) {}
    fake_upstream provider{end_to_end::say({"Hi"})};
    gateway_process gateway;
};

TEST(Browsers, OfForeignPagesBeginNothingAtARealProvider) {
    house open;
    house listing(configuration_text().server("cors: {origins: [\"" + listed + "\"]}"));
    const auto origins = foreign_origins();
    const auto requests = that_begin_or_stop("up");
    in_parallel(origins.size() * requests.size(), [&](std::size_t i) {
        auto message = requests[i % requests.size()];
        const auto& origin = origins[i / requests.size()];
        message.header("Origin", origin);
        for (const auto* where : {&open, &listing}) {
            const auto answer = where->gateway.ask(message);
            EXPECT_EQ(answer.status, 403) << origin << "\n" << message.bytes();
            EXPECT_FALSE(answer.has("Access-Control-Allow-Origin"))
                << origin << ": " << answer.header("Access-Control-Allow-Origin");
            expect_no_credentials(answer, origin);
        }
    });
    count_cases(2 * origins.size() * requests.size());
    EXPECT_EQ(open.provider.calls() + listing.provider.calls(), 0U);
}

TEST(Browsers, ThatSayTheyAreCrossSiteBeginNothing) {
    house open;
    const auto requests = that_begin_or_stop("up");
    for (auto message : requests) {
        EXPECT_EQ(
            open.gateway
                .ask(message.header("Sec-Fetch-Site", "cross-site")
                         .header("Sec-Fetch-Mode", "no-cors"))
                .status,
            403
        ) << message.bytes();
    }
    for (auto message : requests) {
        const auto answer = open.gateway.ask(message.header("Sec-Purpose", "prefetch"));
        EXPECT_GE(answer.status, 400) << message.bytes();
    }
    for (const auto* field : {"Purpose", "X-Purpose", "X-Moz"}) {
        const auto answer =
            open.gateway.ask(get("/v1/stream?model=up&prompt=Hi").header(field, "prefetch"));
        EXPECT_LT(answer.status, 500) << field;
    }
    count_cases(2 * requests.size() + 3);
}

TEST(Browsers, AreGrantedNothingByAPreflight) {
    house open;
    house listing(configuration_text().server("cors: {origins: [\"" + listed + "\"]}"));
    const auto origins = foreign_origins();
    for (const auto& origin : origins) {
        for (const auto* path :
             {"/v1/streams", "/v1/chat/completions", "/metrics", "/v1/targets", "/nowhere"}) {
            const auto message =
                request("OPTIONS", path)
                    .header("Origin", origin)
                    .header("Access-Control-Request-Method", "POST")
                    .header("Access-Control-Request-Headers", "authorization, content-type")
                    .header("Access-Control-Request-Private-Network", "true");
            for (const auto* where : {&open, &listing}) {
                const auto answer = where->gateway.ask(message);
                EXPECT_FALSE(answer.has("Access-Control-Allow-Origin")) << origin << " " << path;
                EXPECT_FALSE(answer.has("Access-Control-Allow-Private-Network"))
                    << origin << " " << path;
                expect_no_credentials(answer, origin);
            }
        }
    }
    count_cases(10 * origins.size());
}

TEST(Browsers, ReadNothingOfARealProvidersGatewayFromElsewhere) {
    house listing(configuration_text().server("cors: {origins: [\"" + listed + "\"]}"));
    for (const auto& origin : foreign_origins()) {
        for (const auto* path :
             {"/v1/models", "/livez", "/metrics", "/nowhere", "/v1/events?every=x"}) {
            const auto answer = listing.gateway.ask(get(path).header("Origin", origin));
            EXPECT_FALSE(answer.has("Access-Control-Allow-Origin")) << origin << " " << path;
            expect_no_credentials(answer, origin);
        }
    }
    const auto own = listing.gateway.ask(get("/v1/models").header("Origin", listed));
    EXPECT_EQ(own.header("Access-Control-Allow-Origin"), listed);
    EXPECT_NE(own.header("Vary").find("Origin"), std::string::npos);
    count_cases(5 * foreign_origins().size() + 1);
}

TEST(Browsers, WhoseNameWasReboundReachNothing) {
    house open;
    std::vector<std::string> hosts{
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "127-0-0-1.evil.example",
        "localhostx",
        "xlocalhost",
        "127.0.0.1x",
        "1.2.3",
        "local",
        "a_b",
        "0",
        "metadata.google.internal",
        "127.1.evil",
        "localhost..evil.example"};
    for (const auto& host : hosts) {
        for (auto message : that_begin_or_stop("up")) {
            const auto answer = open.gateway.ask(message.header("Host", host));
            EXPECT_EQ(answer.status, 421) << host << "\n" << message.bytes();
        }
        EXPECT_EQ(open.gateway.ask(get("/v1/models").header("Host", host)).status, 421) << host;
    }
    EXPECT_EQ(open.provider.calls(), 0U);
    count_cases(9 * hosts.size());
}

TEST(Browsers, WithAnAbsoluteTargetAreJudgedByItsHost) {
    house open;
    const json body{{"model", "up"}, {"prompt", "Hi"}, {"stream", false}};
    for (const auto* host : {"evil.example", "evil.example:80", "localhost.evil.example"}) {
        const auto answer = open.gateway.ask(
            post("http://"s + host + "/v1/streams", body).header("Host", "localhost")
        );
        EXPECT_TRUE(answer.status == 421 || answer.status == 400) << host << ": " << answer.status;
        count_cases(1);
    }
    EXPECT_EQ(open.provider.calls(), 0U);
}

class browsers : public attack {};

TEST_F(browsers, GetNoCredentialsFromTheMockEither) {
    std::vector<request> all = that_begin_or_stop("mock");
    for (const auto* path : {"/", "/livez", "/v1/models", "/nowhere", "/metrics"})
        all.push_back(get(path));
    const auto origins = foreign_origins();
    in_parallel(origins.size() * all.size(), [&](std::size_t i) {
        auto message = all[i % all.size()];
        const auto& origin = origins[i / all.size()];
        const auto answer =
            attacked().ask(message.header("Origin", origin).header("X-Mock-Tokens", "2"));
        EXPECT_LT(answer.status, 500) << origin;
        expect_no_credentials(answer, origin);
        EXPECT_FALSE(answer.has("Set-Cookie"));
    });
    count_cases(origins.size() * all.size());
}

TEST_F(browsers, GuessNoTypes) {
    const auto all = that_begin_or_stop("mock");
    for (auto message : all) {
        const auto answer = attacked().ask(message.header("X-Mock-Tokens", "2"));
        if (answer.status == 204) continue;  // no body to guess about
        EXPECT_EQ(answer.header("X-Content-Type-Options"), "nosniff") << message.bytes();
    }
    count_cases(all.size());
}

TEST_F(browsers, SendFormsInVain) {
    // What a page can send without a preflight.
    std::vector<wire_case> cases;
    for (const auto* type :
         {"text/plain",
          "text/plain;charset=UTF-8",
          "application/x-www-form-urlencoded",
          "multipart/form-data; boundary=x"}) {
        for (const auto* path :
             {"/v1/streams",
              "/v1/chat/completions",
              "/v1/messages",
              "/api/chat",
              "/v1/ui/chat",
              "/v1/responses",
              "/v1/embeddings"}) {
            const std::string body = R"({"model":"mock","prompt":"Hi","x":"=y"})";
            cases.push_back(
                {path + " as "s + type,
                 request("POST", path)
                     .header("Origin", "https://evil.example")
                     .header("Connection", "close")
                     .body(body, type)
                     .bytes(),
                 {415}}
            );
        }
    }
    run_all(cases, attacked_port());
}

}  // namespace
}  // namespace sluice::hostile
