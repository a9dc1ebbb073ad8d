#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const json ask_up{{"prompt", "Hello"}, {"model", "up"}};
const json chat_up{
    {"model", "up"}, {"messages", json::array({{{"role", "user"}, {"content", "Hello"}}})}};

request named(const std::string& path, const json& body, const std::string& name = "order-17") {
    return post(path, body).header("Idempotency-Key", name);
}

json streamed(json body) {
    body["stream"] = true;
    return body;
}

/// Two workers before an upstream that counts.
class RequestName : public ::testing::Test {
 protected:
    fake_upstream upstream{say({"Hel", "lo"})};
    gateway_process gateway{
        configuration_text().server("workers: 2").upstream(upstream.base_url()).yaml()};
};

TEST_F(RequestName, TheSameRequestJoinsItsStreamWhileItRunsAndAfterwards) {
    gate step;
    fake_upstream slow(say_step_by_step({"one ", "two"}, step));
    const gateway_process two(
        configuration_text().server("workers: 2").upstream(slow.base_url()).yaml()
    );
    open_stream first(two, named("/v1/streams", ask_up));
    first.expect_next();
    for (int i = 0; i < 6; ++i) {
        open_stream again(two, named("/v1/streams", ask_up));
        EXPECT_EQ(again.id(), first.id());
        EXPECT_EQ(again.expect_next().type, "start");
    }
    step.open(2);
    first.rest();
    for (int i = 0; i < 6; ++i) {
        open_stream again(two, named("/v1/streams", ask_up));
        EXPECT_EQ(native_text(again.rest()), "one two");
    }
    EXPECT_EQ(slow.calls(), 1U);
}

TEST_F(RequestName, AnotherRequestUnderTheNameIsUnprocessable) {
    open_stream(gateway, named("/v1/streams", ask_up)).rest();
    auto other = ask_up;
    other["prompt"] = "Goodbye";
    for (int i = 0; i < 4; ++i) {
        const auto refused = gateway.ask(named("/v1/streams", other));
        EXPECT_EQ(refused.status, 422);
        EXPECT_EQ(refused.json().at("error").at("code"), "idempotency_mismatch");
    }
    const auto chat = gateway.ask(named("/v1/chat/completions", chat_up));
    EXPECT_EQ(chat.status, 422);
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST_F(RequestName, WorksForChatCompletionsStreamedOrNot) {
    for (int i = 0; i < 4; ++i) {
        open_stream stream(gateway, named("/v1/chat/completions", streamed(chat_up), "a"));
        EXPECT_EQ(chat_text(stream.rest()), "Hello");
        EXPECT_EQ(stream.id(), "");  // its frames bear no ids, unless they are asked for
    }
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST_F(RequestName, SharesOneDocument) {
    std::string document;
    for (int i = 0; i < 6; ++i) {
        const auto answer = gateway.ask(named("/v1/chat/completions", chat_up));
        ASSERT_EQ(answer.status, 200);
        if (i == 0) document = answer.body;
        EXPECT_EQ(answer.body, document);
    }
    EXPECT_NE(document.find("Hello"), std::string::npos);
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST_F(RequestName, AFailureIsNotRemembered) {
    fake_upstream failing([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.answer(429, R"({"error":{"message":"slow down"}})");
    });
    const gateway_process one(
        configuration_text().upstream(failing.base_url()).policy("attempts: 1").yaml()
    );
    EXPECT_EQ(one.ask(named("/v1/streams", ask_up)).status, 429);
    EXPECT_EQ(one.ask(named("/v1/streams", ask_up)).status, 429);
    EXPECT_EQ(failing.calls(), 2U);
}

TEST_F(RequestName, ThoseWhoWaitForOneThatFailsAreToldOfTheFailureAndOfNothingElse) {
    std::vector<std::thread> askers;
    std::array<int, 40> statuses{};
    for (auto& status : statuses) {
        askers.emplace_back([this, &status] {
            const auto message = named("/v1/streams", {{"prompt", "Hi"}}, "all of them");
            auto failing = message;
            status = gateway.ask(failing.header("X-Mock-Error", "429")).status;
        });
    }
    for (auto& asker : askers)
        asker.join();
    for (const int status : statuses)
        EXPECT_EQ(status, 429);
}

TEST_F(RequestName, APageThatReloadsFindsItsStreamByItsNonce) {
    const auto url = std::string("/v1/stream?prompt=Hello&model=up&request=5d41402a");
    open_stream first(gateway, get(url));
    const auto expected = first.rest();
    for (int i = 0; i < 4; ++i) {
        open_stream again(gateway, get(url));
        EXPECT_EQ(again.id(), first.id());
        EXPECT_EQ(again.rest().size(), expected.size());
    }
    EXPECT_EQ(gateway.ask(get(url + "x")).status, 200);  // another nonce, another stream
    EXPECT_EQ(gateway.ask(get("/v1/stream?prompt=Bye&model=up&request=5d41402a")).status, 422);
    EXPECT_EQ(upstream.calls(), 2U);
}

TEST_F(RequestName, FindsADetachedStreamAgain) {
    const auto first = gateway.ask(named("/v1/streams?detach=true", ask_up));
    const auto again = gateway.ask(named("/v1/streams?detach=true", ask_up));
    EXPECT_EQ(again.status, 202);
    EXPECT_EQ(again.json().at("id"), first.json().at("id"));
    open_stream attached(gateway, named("/v1/streams", ask_up));
    EXPECT_EQ(attached.id(), first.json().at("id"));
    EXPECT_EQ(native_text(attached.rest()), "Hello");
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST_F(RequestName, ToDetachWhatIsReadAlreadyKeepsItWhenItsReaderLeaves) {
    gate step;
    fake_upstream slow(say_step_by_step({"one ", "two"}, step));
    const gateway_process two(configuration_text()
                                  .server("workers: 2")
                                  .streams("grace: 100ms")
                                  .upstream(slow.base_url())
                                  .yaml());
    std::string url;
    {
        open_stream first(two, named("/v1/streams", ask_up));
        first.expect_next();
        url = first.url();
        for (int i = 0; i < 4; ++i)
            EXPECT_EQ(two.ask(named("/v1/streams?detach=true", ask_up)).status, 202);
    }
    const auto runs = [&] { return two.ask(get("/v1/streams")).json().at("streams").at(0); };
    EXPECT_TRUE(eventually([&] { return runs().at("readers") == 0; }));
    EXPECT_EQ(runs().at("detached"), true);
    step.open(2);
    open_stream again(two, get(url));
    EXPECT_EQ(native_text(again.rest()), "one two");
}

TEST_F(RequestName, MustBeAFewPrintableCharacters) {
    for (const auto& name : {std::string(256, 'x'), std::string("caf\xc3\xa9")}) {
        const auto refused = gateway.ask(named("/v1/streams", ask_up, name));
        EXPECT_EQ(refused.status, 400);
        EXPECT_EQ(refused.json().at("error").at("param"), "Idempotency-Key");
    }
    EXPECT_EQ(gateway.ask(get("/v1/stream?prompt=Hi&request=")).status, 400);
    EXPECT_EQ(upstream.calls(), 0U);
}

TEST(RequestNames, AreEachKeysOwn) {
    fake_upstream upstream(say({"Hel", "lo"}));
    const gateway_process gateway(
        configuration_text().key("a", "sk-a").key("b", "sk-b").upstream(upstream.base_url()).yaml()
    );
    open_stream first(gateway, named("/v1/streams", ask_up).header("Authorization", "Bearer sk-a"));
    first.rest();
    open_stream second(
        gateway, named("/v1/streams", ask_up).header("Authorization", "Bearer sk-b")
    );
    EXPECT_NE(second.id(), first.id());
    second.rest();
    EXPECT_EQ(upstream.calls(), 2U);
}

}  // namespace
}  // namespace sluice::end_to_end
