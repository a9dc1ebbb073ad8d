#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <ctime>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

/// Fails until it is mended.
struct broken_provider {
    std::atomic<bool> mended{false};
    fake_upstream server{[this](upstream_exchange& exchange) {
        mended ? say({"first"})(exchange) : refuse(503)(exchange);
    }};
};

std::string text_of(const http_response& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.json().at("choices").at(0).at("message").at("content");
}

/// In the form of RFC 9110.
std::string date_in(std::time_t seconds) {
    const std::time_t when = std::time(nullptr) + seconds;
    std::tm parts{};
    gmtime_r(&when, &parts);
    std::array<char, 40> text{};
    std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text.data();
}

// ---- what providers say of their limits ----

TEST(TargetState, ATargetThatAskedForARestIsLeftAloneByTheNextRequest) {
    for (const auto& rest : {std::string("30"), date_in(30)}) {
        SCOPED_TRACE(rest);
        fake_upstream first(refuse(429, {{"Retry-After", rest}}));
        fake_upstream second(say({"second"}));
        const gateway_process gateway(
            routed_model().openai(first).openai(second, "priority: 2").yaml()
        );
        EXPECT_EQ(gateway.ask(ask_chat(false)).header("X-Sluice-Attempts"), "2");
        const auto next = gateway.ask(ask_chat(false));
        EXPECT_EQ(text_of(next), "second");
        EXPECT_EQ(next.header("X-Sluice-Attempts"), "1");
        EXPECT_EQ(first.calls(), 1U);
    }
}

TEST(TargetState, ATargetIsAskedAgainWhenItsRestIsOver) {
    std::atomic<int> asked{0};
    fake_upstream first([&](upstream_exchange& exchange) {
        if (asked++ == 0) return refuse(429, {{"Retry-After", "1"}})(exchange);
        say({"first"})(exchange);
    });
    fake_upstream second(say({"second"}));
    const gateway_process gateway(
        routed_model().openai(first).openai(second, "priority: 2").policy("attempts: 2").yaml()
    );
    const auto began = steady::now();
    EXPECT_EQ(text_of(gateway.ask(ask_chat(false))), "second");
    EXPECT_TRUE(eventually([&] { return text_of(gateway.ask(ask_chat(false))) == "first"; }));
    EXPECT_GE(steady::now() - began, milliseconds(1000));
    EXPECT_EQ(first.calls(), 2U);
}

TEST(TargetState, ATargetWithNothingLeftIsSparedThoughNothingFailed) {
    const header_fields spent{
        {"x-ratelimit-limit-requests", "100"},
        {"x-ratelimit-remaining-requests", "0"},
        {"x-ratelimit-reset-requests", "30s"}};
    for (const bool stream : {false, true}) {
        SCOPED_TRACE(stream);
        fake_upstream first([&](upstream_exchange& exchange) {
            exchange.read_request();
            const auto frames = role_frame() + text_frame("first") + finish_frame();
            auto headers = spent;
            if (stream) headers.emplace_back("Content-Type", "text/event-stream");
            const auto document = chat_document("first", 3, 1).dump();
            exchange.answer(200, stream ? frames + std::string(done_frame) : document, headers);
        });
        fake_upstream second(say({"second"}));
        const gateway_process gateway(
            routed_model().openai(first).openai(second, "priority: 2").yaml()
        );
        EXPECT_NE(gateway.ask(ask_chat(stream)).body.find("first"), std::string::npos);
        const auto next = gateway.ask(ask_chat(false));
        EXPECT_EQ(text_of(next), "second");
        EXPECT_EQ(next.header("X-Sluice-Attempts"), "1");
        EXPECT_EQ(first.calls(), 1U);
        EXPECT_EQ(look_at_target(gateway, "first").at("failed"), 0);
    }
}

// ---- the breaker ----

routed_model with_breaker(
    const fake_upstream& first, const fake_upstream& second, const std::string& cool_down
) {
    return routed_model()
        .openai(first, "", "breaker: {failures: 2, cool_down: " + cool_down + "}")
        .openai(second, "priority: 2")
        .policy("attempts: 2");
}

TEST(TargetState, ATargetThatFailsInARowIsLeftAlone) {
    broken_provider first;
    fake_upstream second(say({"second"}));
    const gateway_process gateway(with_breaker(first.server, second, "1h").yaml());
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(gateway.ask(ask_chat(false)).header("X-Sluice-Attempts"), "2");
    for (int i = 0; i < 10; ++i) {
        const auto answer = gateway.ask(ask_chat(false));
        EXPECT_EQ(text_of(answer), "second");
        EXPECT_EQ(answer.header("X-Sluice-Attempts"), "1");
    }
    EXPECT_EQ(first.server.calls(), 2U);
}

TEST(TargetState, OneRequestFindsOutThatATargetIsBack) {
    broken_provider first;
    fake_upstream second(say({"second"}));
    const gateway_process gateway(with_breaker(first.server, second, "200ms").yaml());
    const auto began = steady::now();
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(text_of(gateway.ask(ask_chat(false))), "second");
    first.mended = true;
    EXPECT_TRUE(eventually([&] { return text_of(gateway.ask(ask_chat(false))) == "first"; }));
    EXPECT_GE(steady::now() - began, milliseconds(200));
    EXPECT_EQ(first.server.calls(), 3U);
    EXPECT_EQ(look_at_target(gateway, "first").at("state"), "closed");
    EXPECT_EQ(text_of(gateway.ask(ask_chat(false))), "first");
}

TEST(TargetState, ATrialThatFailsCostsTheClientNothing) {
    broken_provider first;
    fake_upstream second(say({"second"}));
    const gateway_process gateway(with_breaker(first.server, second, "200ms").yaml());
    EXPECT_TRUE(eventually([&] {
        EXPECT_EQ(text_of(gateway.ask(ask_chat(false))), "second");
        return first.server.calls() == 3U;
    }));
    EXPECT_EQ(look_at_target(gateway, "first").at("opened"), 2);
}

TEST(TargetState, IsShownToOperatorsAndInMetrics) {
    broken_provider first;
    fake_upstream second(say({"second"}));
    const gateway_process gateway(with_breaker(first.server, second, "1h").yaml());
    const auto before = gateway.ask(get("/v1/targets"));
    EXPECT_EQ(before.status, 200);
    EXPECT_EQ(before.json().at("targets").size(), 2U) << before.body;
    EXPECT_EQ(look_at_target(gateway, "first").at("state"), "closed");
    for (int i = 0; i < 2; ++i)
        gateway.ask(ask_chat(false));
    const auto target = look_at_target(gateway, "first");
    EXPECT_EQ(target.at("model"), "model-1");
    EXPECT_EQ(target.at("state"), "open");
    EXPECT_GT(target.at("retry_in_ms"), 0);
    EXPECT_EQ(target.at("failed"), 2);
    EXPECT_EQ(target.at("outstanding"), 0);
    EXPECT_EQ(look_at_target(gateway, "second").at("state"), "closed");
    EXPECT_EQ(look_at_target(gateway, "second").at("completed"), 2);
    EXPECT_EQ(look_at_route(gateway).at("fallbacks"), 2);
    const auto metrics = gateway.ask(get("/metrics")).body;
    for (const auto* line :
         {"sluice_target_state{provider=\"first\",model=\"model-1\"} 2\n",
          "sluice_target_state{provider=\"second\",model=\"model-2\"} 0\n",
          "sluice_breaker_opened_total{provider=\"first\",model=\"model-1\"} 1\n",
          "sluice_fallbacks_total{model=\"up\"} 2\n"})
        EXPECT_NE(metrics.find(line), std::string::npos) << line << metrics;
}

TEST(TargetState, IsNotShownToUsers) {
    const gateway_process gateway(
        configuration_text().key("user", "sk-user").operator_key("ops", "sk-ops").yaml()
    );
    const auto look = [&](const std::string& path, const std::string& key) {
        auto message = get(path);
        if (!key.empty()) message.header("Authorization", "Bearer " + key);
        return gateway.ask(message);
    };
    for (const std::string key : {"", "sk-user", "sk-ops"}) {
        SCOPED_TRACE(key);
        EXPECT_EQ(look("/v1/targets", key).status, look("/v1/streams", key).status);
    }
    EXPECT_EQ(look("/v1/targets", "").status, 401);
    EXPECT_EQ(look("/v1/targets", "sk-user").status, 403);
    EXPECT_EQ(look("/v1/targets", "sk-ops").status, 200);
}

TEST(TargetState, OneModelOfAPatternDoesNotTakeTheOthersDown) {
    fake_upstream first([](upstream_exchange& exchange) {
        const auto asked = exchange.read_request().json();
        if (asked.at("model") == "bad") return exchange.answer(503, "{}");
        exchange.answer(200, chat_document("first", 3, 1).dump());
    });
    fake_upstream second(say({"second"}));
    const gateway_process gateway(routed_model()
                                      .name("*")
                                      .upstream_name("*")
                                      .openai(first, "", "breaker: {failures: 2, cool_down: 1h}")
                                      .openai(second, "priority: 2")
                                      .policy("attempts: 2")
                                      .yaml());
    const auto ask = [&](const std::string& name) {
        return text_of(
            gateway.ask(post("/v1/chat/completions", {{"model", name}, {"messages", one_turn()}}))
        );
    };
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(ask("bad"), "second");
    EXPECT_EQ(first.calls(), 2U);
    EXPECT_EQ(ask("good"), "first");
    EXPECT_EQ(first.calls(), 3U);
}

TEST(TargetState, TheLastTargetThatIsLeftIsAlwaysAsked) {
    broken_provider only;
    const gateway_process gateway(
        routed_model()
            .openai(only.server, "", "breaker: {failures: 1, cool_down: 1h}")
            .policy("attempts: 1")
            .yaml()
    );
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(gateway.ask(ask_chat(false)).status, 503);
    EXPECT_EQ(only.server.calls(), 10U);
    EXPECT_EQ(look_at_target(gateway, "first").at("state"), "open");
    only.mended = true;
    EXPECT_EQ(text_of(gateway.ask(ask_chat(false))), "first");
}

// ---- what is asked of the mock is nobody's fault ----

TEST(TargetState, IsNotTouchedByFaultsThatTheClientAskedTheMockFor) {
    const gateway_process gateway(routed_model().mock().mock("priority: 2").yaml());
    const auto ask = [&](const std::string& fault) {
        return ask_native().header("X-Mock-Error", fault).header("X-Mock-Tokens", "20");
    };
    for (int i = 0; i < 6; ++i) {
        for (const auto* status : {"503", "429", "529", "401"}) {
            const auto answer = gateway.ask(ask(status));
            EXPECT_EQ(std::to_string(answer.status), status) << answer.body;
            EXPECT_EQ(answer.header("X-Sluice-Attempts"), "1");
        }
        for (const auto* fault : {"reset-after=5", "reset-after=0", "truncate-after=5"}) {
            const auto answer = gateway.ask(ask(fault));
            EXPECT_EQ(answer.header("X-Sluice-Attempts"), "1") << fault;
        }
    }
    const auto first = look_at_target(gateway, "first");
    EXPECT_EQ(first.at("state"), "closed") << first;
    EXPECT_EQ(first.at("failed"), 0) << first;
    EXPECT_EQ(look_at_target(gateway, "second").at("attempts"), 0);
}

}  // namespace
}  // namespace sluice::end_to_end
