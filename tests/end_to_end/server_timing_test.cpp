#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/dialect_requests.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/guarded_mock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

/// The times in milliseconds by their names; a harness_error for what is none.
std::map<std::string, double> timing_of(const http_response& response) {
    const auto text = response.header("Server-Timing");
    const std::regex metric("([a-z]+);dur=([0-9]+(\\.[0-9]{1,3})?)(, |$)");
    std::map<std::string, double> times;
    std::size_t bytes = 0;
    for (std::sregex_iterator one(text.begin(), text.end(), metric), end; one != end; ++one) {
        times[(*one)[1]] = std::stod((*one)[2]);
        bytes += static_cast<std::size_t>(one->length());
    }
    EXPECT_EQ(bytes, text.size()) << text;
    return times;
}

configuration_text slow_mock() {
    return configuration_text().mock("ttft: 100ms");
}

TEST(ServerTiming, TellsOfAGenerationHowLongItWaitedForItsProvider) {
    const gateway_process gateway(slow_mock().yaml());
    for (const bool stream : {true, false}) {
        const json body{{"prompt", "Hi"}, {"stream", stream}};
        const auto times = timing_of(gateway.ask(post("/v1/streams", body)));
        ASSERT_EQ(times.size(), 3U);
        EXPECT_LT(times.at("queue"), 100);
        EXPECT_GE(times.at("upstream"), 100);
        EXPECT_GE(times.at("total"), times.at("queue") + times.at("upstream") - 0.002);
    }
}

TEST(ServerTiming, IsOnTheAnswersOfEveryDialectAndOnTheirErrors) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto* fault : {"", "500"}) {
        for (auto& [name, message] : in_every_dialect("Hi", "mock")) {
            SCOPED_TRACE(name + fault);
            if (*fault != 0) message.header("X-Mock-Error", fault);
            EXPECT_EQ(timing_of(gateway.ask(message)).size(), 3U);
        }
    }
}

TEST(ServerTiming, TellsOfOtherAnswersHowLongTheyTook) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto* path : {"/", "/livez", "/metrics", "/v1/models", "/nowhere", "/v1/targets"}) {
        const auto times = timing_of(gateway.ask(get(path)));
        ASSERT_EQ(times.size(), 1U) << path;
        EXPECT_GE(times.at("total"), 0);
    }
    const auto refused = timing_of(gateway.ask(post_text("/v1/streams", "{oops")));
    EXPECT_EQ(refused.size(), 1U);
    open_stream feed(gateway, get("/v1/events"));
    EXPECT_EQ(timing_of(feed.head()).size(), 1U);
}

TEST(ServerTiming, OfAStreamThatWasJoinedIsTheJoiningsOwn) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    open_stream first(gateway, post("/v1/streams", {{"prompt", "Hi"}}));
    first.rest();
    for (int connection = 0; connection < 6; ++connection) {
        open_stream again(gateway, get(first.url()));
        EXPECT_EQ(timing_of(again.head()).size(), 1U);
    }
}

TEST(ServerTiming, IsForThePagesThatMayReadTheAnswer) {
    const gateway_process gateway(configuration_text().yaml());
    const auto answer = gateway.ask(get("/livez").header("Origin", "https://any.example"));
    EXPECT_EQ(answer.header("Timing-Allow-Origin"), "https://any.example");
    EXPECT_THAT(answer.header("Access-Control-Expose-Headers"), HasSubstr("Server-Timing"));
    EXPECT_FALSE(gateway.ask(get("/livez")).has("Timing-Allow-Origin"));
}

TEST(ServerTiming, IsLeftOutWhereItIsNotWanted) {
    const gateway_process gateway(
        configuration_text().top("telemetry: {server_timing: false}").yaml()
    );
    for (const auto& message :
         {get("/livez"),
          post("/v1/streams", {{"prompt", "Hi"}}),
          post("/v1/streams", {{"prompt", "Hi"}, {"stream", false}})}) {
        auto asked = message;
        const auto answer = gateway.ask(asked.header("Origin", "https://any.example"));
        EXPECT_EQ(answer.status, 200);
        EXPECT_FALSE(answer.has("Server-Timing"));
        EXPECT_FALSE(answer.has("Timing-Allow-Origin"));
        EXPECT_EQ(answer.body.find("\"timing\""), std::string::npos);
    }
}

void expect_plausible(const json& timing) {
    EXPECT_GE(timing.at("queue_ms"), 0);
    EXPECT_GE(timing.at("upstream_ms"), 100);
    EXPECT_GE(timing.at("first_token_ms"), timing.at("upstream_ms"));
    EXPECT_GE(timing.at("total_ms"), timing.at("first_token_ms"));
}

TEST(NativeTiming, StandsInTheDoneOfAStreamAndInADocument) {
    const gateway_process gateway(slow_mock().yaml());
    open_stream stream(gateway, post("/v1/streams", {{"prompt", "Hi"}}));
    expect_plausible(stream.rest().back().json().at("timing"));
    const json body{{"prompt", "Hi"}, {"stream", false}};
    expect_plausible(gateway.ask(post("/v1/streams", body)).json().at("timing"));
}

TEST(NativeTiming, HasNoFirstTokenWhereThereWasNone) {
    const gateway_process gateway(configuration_text().server("commit_after: 1ms").yaml());
    open_stream stream(
        gateway, post("/v1/streams", {{"prompt", "Hi"}}).header("X-Mock-Ttft-Ms", "60000")
    );
    gateway.ask(remove(stream.url()));
    const auto done = stream.rest().back().json();
    EXPECT_EQ(done.at("finish_reason"), "cancelled");
    EXPECT_FALSE(done.at("timing").contains("first_token_ms"));
    EXPECT_GE(done.at("timing").at("total_ms"), 0);
}

TEST(NativeCost, IsWhatTheTokensCostWherePricesAreKnown) {
    const gateway_process priced(
        configuration_text()
            .top("prices: [{provider: mock, model: mock, input: 1, output: 2}]")
            .yaml()
    );
    const auto ask = [&](bool stream) {
        return post(
                   "/v1/streams", {{"prompt", "Hi"}, {"stream", stream}}
        ).header("X-Mock-Tokens", "10");
    };
    open_stream stream(priced, ask(true));
    for (const auto& told : {stream.rest().back().json(), priced.ask(ask(false)).json()}) {
        const auto input = told.at("usage").at("input_tokens").get<double>();
        EXPECT_NEAR(told.at("cost").get<double>(), (input + 2 * 10) / 1e6, 1e-12);
    }
    const gateway_process free_of_charge(configuration_text().yaml());
    EXPECT_FALSE(free_of_charge.ask(ask(false)).json().contains("cost"));
    open_stream unpriced(free_of_charge, ask(true));
    EXPECT_FALSE(unpriced.rest().back().json().contains("cost"));
}

TEST(NativeCost, OfAStreamThatWasStoppedIsWhatItsKeyIsCharged) {
    const gateway_process gateway(guarded_mock(
        "limits: {cost_per_day: 1000}",
        "",
        "prices: [{provider: mock, model: mock, input: 1000, output: 1000}]\n"
    ));
    open_stream stream(
        gateway,
        with_key(post("/v1/streams", {{"prompt", "many words about rivers and their locks"}})
        ).header("X-Mock-Rate", "20")
    );
    for (int event = 0; event < 3; ++event)
        stream.expect_next();
    gateway.ask(with_key(remove(stream.url())));
    const auto done = stream.rest().back().json();
    EXPECT_EQ(done.at("finish_reason"), "cancelled");
    const auto keys = gateway.ask(with_key(get("/v1/keys"), operator_key)).json().at("keys");
    const auto charged = keys.at(0).at("limits").at(0).at("used").get<double>();
    EXPECT_GT(charged, 0);
    EXPECT_NEAR(done.at("cost").get<double>(), charged, 1e-9);
}

}  // namespace
}  // namespace sluice::end_to_end
