#include "tests/end_to_end/support/fake_upstream.hpp"
#include "tests/end_to_end/support/guarded_mock.hpp"
#include "tests/end_to_end/support/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const json chat{
    {"model", "mock"}, {"messages", json::array({{{"role", "user"}, {"content", "Hi"}}})}};

int number(const http_response& response, const std::string& header) {
    const auto text = response.header(header);
    return text.empty() ? -1 : std::atoi(text.c_str());
}

TEST(RequestLimit, IsToldWithEveryAnswerAndRefusesTheOneTooMany) {
    const gateway_process gateway(guarded_mock("limits: {requests_per_minute: 3}"));
    for (const int left : {2, 1, 0}) {
        const auto response = gateway.ask(with_key(post("/v1/chat/completions", chat)));
        ASSERT_EQ(response.status, 200);
        EXPECT_EQ(number(response, "x-ratelimit-limit-requests"), 3);
        EXPECT_EQ(number(response, "x-ratelimit-remaining-requests"), left);
        EXPECT_NE(response.header("x-ratelimit-reset-requests"), "");
    }
    const auto refused = gateway.ask(with_key(post("/v1/chat/completions", chat)));
    expect_openai_error(refused, 429);
    EXPECT_THAT(refused.body, HasSubstr("requests_per_minute of key team-a"));
    EXPECT_EQ(refused.json().at("error").at("code"), "rate_limit_exceeded");
    EXPECT_GE(number(refused, "Retry-After"), 18);
    EXPECT_LE(number(refused, "Retry-After"), 20);
    EXPECT_EQ(number(refused, "x-ratelimit-remaining-requests"), 0);
    // Another key has its own.
    EXPECT_EQ(gateway.ask(with_key(post("/v1/chat/completions", chat), operator_key)).status, 200);
}

TEST(RequestLimit, CountsWhomItRefusesForThoseWhoWatch) {
    const gateway_process gateway(
        guarded_mock("limits: {requests_per_minute: 1, concurrent_streams: 9}")
    );
    for (int i = 0; i < 3; ++i)
        gateway.ask(with_key(post("/v1/chat/completions", chat)));
    const auto metrics = gateway.ask(with_key(get("/metrics"), operator_key)).body;
    const std::string name = "sluice_limits_refused_total";
    EXPECT_THAT(metrics, HasSubstr(name + "{limit=\"requests_per_minute\"} 2\n"));
    for (const std::string other :
         {"tokens_per_minute", "concurrent_streams", "cost_per_day", "cost_per_month"})
        EXPECT_THAT(metrics, HasSubstr(name + "{limit=\"" + other + "\"} 0\n"));
}

TEST(RequestLimit, IsToldInAnthropicsHeadersToAnthropicsClients) {
    const gateway_process gateway(
        guarded_mock("limits: {requests_per_minute: 1, tokens_per_minute: 1000}")
    );
    json body = chat;
    body["max_tokens"] = 20;
    const auto first = gateway.ask(with_key(post("/v1/messages", body)));
    ASSERT_EQ(first.status, 200);
    EXPECT_EQ(number(first, "anthropic-ratelimit-requests-limit"), 1);
    EXPECT_EQ(number(first, "anthropic-ratelimit-requests-remaining"), 0);
    EXPECT_THAT(first.header("anthropic-ratelimit-requests-reset"), HasSubstr("T"));
    EXPECT_EQ(number(first, "anthropic-ratelimit-tokens-limit"), 1000);
    EXPECT_EQ(first.header("x-ratelimit-limit-requests"), "");
    const auto refused = gateway.ask(with_key(post("/v1/messages", body)));
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.json().at("error").at("type"), "rate_limit_error");
    EXPECT_NE(refused.header("Retry-After"), "");
}

/// Asked from many connections of several workers at once, against one bound: what is admitted is
/// what the bound allows in that time, to the request.
TEST(RequestLimit, IsExactOverWorkers) {
    constexpr int allowed = 600;  // and ten more each second
    constexpr int clients = 8;
    constexpr int each = 1250;
    const gateway_process gateway(guarded_mock("limits: {requests_per_minute: 600}", {}, {}, 4));
    const auto message = ask_mock(1, false).header("Connection", "keep-alive").bytes();
    std::atomic<int> admitted{0};
    std::atomic<int> refused{0};
    const auto begun = steady::now();
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
        threads.emplace_back([&] {
            raw_client client = gateway.connect();
            for (int n = 0; n < each; ++n) {
                client.send(message);
                const auto response = client.read_response();
                if (response.status == 200) ++admitted;
                if (response.status == 429) ++refused;
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    const auto seconds = std::chrono::duration<double>(steady::now() - begun).count();
    EXPECT_EQ(admitted + refused, clients * each);
    EXPECT_GE(admitted, allowed);
    EXPECT_LE(admitted, allowed + static_cast<int>(seconds * 10) + 1);
}

TEST(TokenLimit, CountsWhatWasUsedAndNotWhatWasReserved) {
    const gateway_process gateway(guarded_mock("limits: {tokens_per_minute: 60000}"));
    const auto first = gateway.ask(ask_mock(100, false));
    ASSERT_EQ(first.status, 200);
    EXPECT_EQ(first.json().at("usage").at("output_tokens"), 100);
    const auto used = first.json().at("usage").at("input_tokens").get<int>() + 100;
    const auto second = gateway.ask(ask_mock(1, false));
    // Reserved for the second: its prompt and 256; a thousand come back each second.
    const auto left = number(second, "x-ratelimit-remaining-tokens");
    EXPECT_GE(left, 60000 - used - 260 - 10);
    EXPECT_LE(left, 60000 - 257);
}

/// Asked until a bound is spent: what is left of it, a request gets and is cut short by.
http_response ask_until_refused(const gateway_process& gateway, int tokens) {
    http_response last;
    for (int i = 0; i < 8; ++i) {
        last = gateway.ask(ask_mock(tokens, false));
        if (last.status != 200) break;
    }
    return last;
}

TEST(TokenLimit, RefusesWhatItCannotCover) {
    const gateway_process gateway(guarded_mock("limits: {tokens_per_minute: 300}"));
    ASSERT_EQ(gateway.ask(ask_mock(250, false)).json().at("finish_reason"), "stop");
    const auto refused = ask_until_refused(gateway, 250);
    expect_native_error(refused, 429);
    EXPECT_THAT(refused.body, HasSubstr("tokens_per_minute of key team-a"));
    EXPECT_GT(number(refused, "Retry-After"), 0);
}

TEST(TokenLimit, IsOwedByWhoCouldNotKnowHowMuchAPromptWouldBe) {
    const gateway_process gateway(guarded_mock("limits: {tokens_per_minute: 600}"));
    const auto large =
        with_key(post("/v1/streams", {{"prompt", std::string(4000, 'x')}, {"stream", false}})
        ).header("X-Mock-Tokens", "1");
    ASSERT_EQ(gateway.ask(large).status, 200);
    const auto refused = gateway.ask(ask_mock(1, false));
    EXPECT_EQ(refused.status, 429);
    // A thousand were used; ten come back each second.
    EXPECT_GT(number(refused, "Retry-After"), 35);
    EXPECT_LE(number(refused, "Retry-After"), 102);
}

TEST(TokenLimit, IsChargedForAPromptWhoseAnswerNobodyWaitedFor) {
    gateway_process gateway(guarded_mock("limits: {tokens_per_minute: 60000}"));
    {
        auto leaving = gateway.connect();
        leaving.send(
            with_key(post(
                         "/v1/chat/completions",
                         {{"model", "mock"},
                          {"stream", true},
                          {"messages",
                           json::array({{{"role", "user"}, {"content", std::string(8000, 'x')}}})}}
                     )
            ).header("X-Mock-Ttft-Ms", "20000")
        );
        while (gateway.ask(with_key(get("/metrics"), operator_key))
                   .body.find("sluice_streams_active 1") == std::string::npos) {
        }
    }
    EXPECT_NE(gateway.wait_for_log({"\"status\":499"}), "");
    const auto next = gateway.ask(ask_mock(1, false));
    EXPECT_LT(number(next, "x-ratelimit-remaining-tokens"), 60000 - 257 - 500);
}

TEST(TokenLimit, IsNotForCountingTokens) {
    const gateway_process gateway(guarded_mock("limits: {tokens_per_minute: 300}"));
    json body = chat;
    body["messages"][0]["content"] = std::string(4000, 'x');
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(gateway.ask(with_key(post("/v1/messages/count_tokens", body))).status, 200);
}

TEST(TokenLimit, EndsAStreamThatPassesItWithLengthAndSaysSo) {
    gateway_process gateway(guarded_mock("limits: {tokens_per_minute: 400}"));
    open_stream stream(gateway, ask_mock(5000));
    ASSERT_EQ(stream.head().status, 200);
    const auto events = stream.rest();
    ASSERT_TRUE(stream.ended_whole());
    const auto done = events.back().json();
    EXPECT_EQ(done.at("finish_reason"), "length");
    const auto tokens = done.at("usage").at("output_tokens").get<int>();
    EXPECT_GT(tokens, 256);
    EXPECT_LT(tokens, 5000);
    EXPECT_THAT(stream.body(), HasSubstr(": budget: tokens_per_minute of key team-a"));
    EXPECT_NE(gateway.wait_for_log({"\"outcome\":\"budget\""}), "");
}

TEST(TokenLimit, EndsACompatibleStreamAsItsProtocolEnds) {
    const gateway_process gateway(guarded_mock("limits: {tokens_per_minute: 400}"));
    json body = chat;
    body["stream"] = true;
    open_stream stream(
        gateway, with_key(post("/v1/chat/completions", body)).header("X-Mock-Tokens", "5000")
    );
    const auto events = stream.rest();
    ASSERT_GE(events.size(), 2U);
    EXPECT_EQ(events.back().data, "[DONE]");
    bool length = false;
    for (const auto& event : events) {
        if (event.data == "[DONE]") continue;
        const auto chunk = event.json();
        for (const auto& choice : chunk.at("choices"))
            length = length || choice.at("finish_reason") == "length";
    }
    EXPECT_TRUE(length);
}

TEST(TokenLimit, CutsADocumentAndNamesTheBoundInItsHead) {
    const gateway_process gateway(guarded_mock("limits: {tokens_per_minute: 400}"));
    const auto response = gateway.ask(ask_mock(5000, false));
    ASSERT_EQ(response.status, 200);
    EXPECT_EQ(response.json().at("finish_reason"), "length");
    EXPECT_EQ(response.header("X-Sluice-Limit"), "tokens_per_minute of key team-a");
}

TEST(StreamLimit, CountsThoseThatRunAndNoOthers) {
    const gateway_process gateway(guarded_mock("limits: {concurrent_streams: 2}"));
    const auto slow = [] { return ask_mock(5000).header("X-Mock-Rate", "20"); };
    open_stream first(gateway, slow());
    open_stream second(gateway, slow());
    ASSERT_EQ(second.head().status, 200);
    const auto refused = gateway.ask(slow());
    expect_native_error(refused, 429);
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_THAT(refused.body, HasSubstr("concurrent_streams of key team-a"));
    ASSERT_EQ(gateway.ask(with_key(remove(first.url()))).status, 204);
    EXPECT_EQ(first.rest().back().json().at("finish_reason"), "cancelled");
    open_stream third(gateway, slow());
    EXPECT_EQ(third.head().status, 200);
}

TEST(ModelLimit, IsOneForAllKeys) {
    const gateway_process gateway(guarded_mock({}, "limits: {requests_per_minute: 2}"));
    EXPECT_EQ(gateway.ask(ask_mock(1, false)).status, 200);
    const json native{{"prompt", "Hi"}, {"stream", false}};
    EXPECT_EQ(gateway.ask(with_key(post("/v1/streams", native), operator_key)).status, 200);
    const auto refused = gateway.ask(ask_mock(1, false));
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.body, HasSubstr("requests_per_minute of model mock"));
}

TEST(CostLimit, IsAQuotaThatLastsTillTheDayEnds) {
    const gateway_process gateway(guarded_mock(
        "limits: {cost_per_day: 0.001}", {}, "prices: [{model: mock, input: 1, output: 10}]\n"
    ));
    // A hundred tokens of output are a thousandth.
    ASSERT_EQ(gateway.ask(ask_mock(90, false)).json().at("finish_reason"), "stop");
    const auto refused = ask_until_refused(gateway, 90);
    EXPECT_EQ(refused.status, 429);
    EXPECT_THAT(refused.body, HasSubstr("cost_per_day of key team-a"));
    EXPECT_LE(number(refused, "Retry-After"), 86'400);
}

/// A client that is lost in any phase leaves nothing reserved behind.
TEST(Reservations, AreGivenBackWhateverEndsTheRequest) {
    gate never;
    fake_upstream silent([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.wait_closed(2 * patience);
    });
    fake_upstream refusing([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.answer(500, "{}");
    });
    const auto target = [](const std::string& name, const fake_upstream& server) {
        return "  " + name + ": {kind: openai, base_url: \"" + server.base_url() + "\"}\n";
    };
    gateway_process gateway(
        "server: {listen: [\"127.0.0.1:0\"], workers: 2}\nlog: {format: json}\nproviders:\n" +
        target("silent", silent) + target("refusing", refusing) +
        "  mock: {kind: mock, ttft: 0ms, rate: 50}\nmodels:\n"
        "  - {name: mock, targets: [{provider: mock, model: mock}]}\n"
        "  - {name: silent, targets: [{provider: silent, model: m}]}\n"
        "  - {name: refusing, targets: [{provider: refusing, model: m}], policy: {attempts: 1}}\n"
        "streams: {grace: 0ms}\nkeys:\n  - {id: team-a, sha256: \"" +
        sha256_hex(user_key) + "\", limits: {concurrent_streams: 4, tokens_per_minute: 100000}}\n"
    );
    const auto ask = [](const std::string& model, bool stream) {
        return with_key(post(
            "/v1/chat/completions",
            {{"model", model}, {"stream", stream}, {"messages", chat.at("messages")}}
        ));
    };
    constexpr int rounds = 12;
    for (int i = 0; i < rounds; ++i) {
        const bool stream = i % 2 == 0;
        EXPECT_EQ(gateway.ask(ask("refusing", stream)).status, 502);
        EXPECT_EQ(gateway.ask(ask("unknown", stream)).status, 404);
        {
            auto client = gateway.connect();
            client.send(ask("silent", stream).bytes());
            silent.expect_request();
        }
        {
            auto client = gateway.connect();
            client.send(ask("silent", stream).bytes());
            silent.expect_request();
            client.reset();
        }
        open_stream broken(gateway, ask("mock", true));
        broken.expect_next();
        broken.client().reset();
    }
    // Each of the places is free again: as many streams run as there are places.
    const auto limit = deadline(patience);
    for (;;) {
        std::vector<std::unique_ptr<open_stream>> all;
        bool whole = true;
        for (int i = 0; i < 4; ++i) {
            all.push_back(std::make_unique<open_stream>(gateway, ask("mock", true)));
            whole = whole && all.back()->head().status == 200;
        }
        if (whole) {
            EXPECT_EQ(gateway.ask(ask("mock", true)).status, 429);
            EXPECT_GE(number(all.back()->head(), "x-ratelimit-remaining-tokens"), 90'000);
            break;
        }
        ASSERT_FALSE(limit.passed()) << "a place leaked";
    }
}

}  // namespace
}  // namespace sluice::end_to_end
