// What may help where an exchange, a replay, the mock or a key's exchange failed.
#include "tests/upstream/loopback_server.hpp"
#include "tests/upstream/transfer_client.hpp"
#include "upstream/mock/mock.hpp"
#include "upstream/mock/recordings.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/routing/answers.hpp"
#include "upstream/routing/exchange.hpp"
#include "upstream/routing/iam_tokens.hpp"
#include "upstream/routing/replayed_exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::tests {
namespace {

using namespace upstream;
using namespace std::chrono_literals;
using connection = loopback_server::connection;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

/// Takes all that a source brings.
class taker final : public source_listener {
 public:
    void on_ready() override {
        if (!source || ended) return;
        do {
            source->take(batch_);
            if (batch_.ending) ended = batch_.ending;
        } while (!ended && source->waiting());
    }
    /// Runs the source to its end, and tells what it failed of.
    failure failed(worker& on, std::unique_ptr<upstream::source> from) {
        source = std::move(from);
        on_ready();
        EXPECT_TRUE(on.run_until([&] { return ended.has_value(); }));
        EXPECT_TRUE(ended && ended->failure);
        return ended && ended->failure ? *ended->failure : failure();
    }

    std::unique_ptr<upstream::source> source;
    std::optional<ending> ended;

 private:
    batch batch_;
};

call ask(api api = api::openai_chat) {
    call asked;
    asked.api = api;
    asked.request.model = "m";
    asked.request.messages.emplace_back().content.emplace_back(text_part{"Hi"});
    asked.body = R"({"model":"m","stream":true,"messages":[{"role":"user","content":"Hi"}]})";
    return asked;
}

provider_settings provider_at(std::string base_url) {
    provider_settings made;
    made.name = "upstream";
    made.base_url = std::move(base_url);
    return made;
}

/// Where nobody listens.
constexpr const char* closed_url = "http://127.0.0.1:1/v1";

loopback_server::script once(std::string bytes) {
    return [bytes = std::move(bytes)](connection& client) {
        if (client.read_request()) client.send(bytes);
    };
}

const std::string stream_of_hi =
    "data: "
    "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n"
    "data: [DONE]\n\n";
const std::string whole_stream = answer(stream_of_hi);

std::unique_ptr<source> exchange_with(
    worker& on, const provider_settings& provider, const call& asked, source_listener& told
) {
    return std::make_unique<upstream::exchange>(
        on.engine, make_codec(provider, asked.api, {}), provider, asked, "m", told
    );
}

failure failure_at(const std::string& url, const call& asked = ask()) {
    worker w;
    taker client;
    const auto provider = provider_at(url);
    auto reason = client.failed(w, exchange_with(w, provider, asked, client));
    client.source.reset();
    return reason;
}

// ---- transfers ----

TEST(Remedy, OfATransferIsToAskAgainUnlessTheTargetCannotBeTrusted) {
    const auto helps = [](transfer_error error) {
        return failure_of_transfer(error, 0, "why").remedy;
    };
    EXPECT_EQ(helps(transfer_error::resolve), remedy::again);
    EXPECT_EQ(helps(transfer_error::connect), remedy::again);
    EXPECT_EQ(helps(transfer_error::connect_timeout), remedy::again);
    EXPECT_EQ(helps(transfer_error::broken), remedy::again);
    EXPECT_EQ(helps(transfer_error::tls), remedy::elsewhere);
    EXPECT_EQ(helps(transfer_error::internal), remedy::elsewhere);
}

TEST(Remedy, OfAnExchangeFollowsFromHowItFailed) {
    EXPECT_EQ(failure_at(closed_url).remedy, remedy::again);
    const auto answered = [](std::string bytes) {
        const loopback_server server(once(std::move(bytes)));
        return failure_at(server.url()).remedy;
    };
    EXPECT_EQ(answered(""), remedy::again);
    EXPECT_EQ(answered("HTTP/1.1 2"), remedy::again);
    EXPECT_EQ(answered(chunked_head() + chunk("data: {\"cho")), remedy::again);
    EXPECT_EQ(answered(answer("<html>busy</html>")), remedy::again);
    EXPECT_EQ(answered(answer("", "503 Busy")), remedy::again);
    EXPECT_EQ(answered(answer("", "302 Go\r\nLocation: /x")), remedy::elsewhere);
    EXPECT_EQ(answered(answer("", "404 No")), remedy::elsewhere);
    EXPECT_EQ(answered(answer("", "400 Bad")), remedy::none);
}

TEST(Remedy, OfACallThatCannotBeEncodedIsToSkipTheTargetUnasked) {
    const loopback_server server(once(whole_stream));
    auto asked = ask(api::native);
    asked.untranslatable = {"messages.0"};
    const auto refused = failure_at(server.url(), asked);
    EXPECT_EQ(refused.remedy, remedy::skip);
    EXPECT_EQ(refused.status, 400);
    EXPECT_EQ(server.accepted(), 0);
}

// ---- what else an exchange takes from its call, and tells of it ----

TEST(Exchange, ConnectsForAsLongAsTheCallAllows) {
    // TLS is a part of connecting, and this server never says a word of it.
    const loopback_server silent([](connection& client) { client.wait_for_close(); });
    const auto url = "https" + silent.url().substr(4);
    for (const auto allowed : {20ms, 0ms}) {
        worker w;
        taker client;
        auto provider = provider_at(url);
        provider.connect_timeout = 1h;
        auto asked = ask();
        asked.connect_timeout = allowed;
        const auto late = client.failed(w, exchange_with(w, provider, asked, client));
        EXPECT_EQ(late.status, 504);
        EXPECT_EQ(late.remedy, remedy::again);
        client.source.reset();
    }
}

TEST(Exchange, TellsWhetherTheProvidersOwnFramesArePassedOn) {
    const auto transparent = [](api client_api) {
        const loopback_server server(once(whole_stream));
        const auto provider = provider_at(server.url());
        worker w;
        taker client;
        client.source = exchange_with(w, provider, ask(client_api), client);
        EXPECT_TRUE(w.run_until([&] { return client.ended.has_value(); }));
        EXPECT_EQ(client.ended->outcome, outcome::completed);
        const bool told = client.source->head().transparent;
        client.source.reset();
        return told;
    };
    EXPECT_TRUE(transparent(api::openai_chat));
    EXPECT_FALSE(transparent(api::anthropic_messages));
}

/// What is told of an answer's head by an exchange with a provider whose key is `key`.
response_head head_of(const std::string& fields, std::string key, bool refused = false) {
    const auto* status = refused ? "503 Busy" : "200 OK";
    const loopback_server server(once(answer(refused ? "" : stream_of_hi, status + fields)));
    auto provider = provider_at(server.url());
    provider.api_key = std::move(key);
    worker w;
    taker client;
    client.source = exchange_with(w, provider, ask(), client);
    EXPECT_TRUE(w.run_until([&] { return client.ended.has_value(); }));
    auto head = client.source->head();
    const bool failed = client.ended && client.ended->failure;
    EXPECT_EQ(failed, refused);
    EXPECT_EQ(failed ? client.ended->failure->request_id : head.request_id, head.request_id);
    client.source.reset();
    return head;
}

TEST(Exchange, TellsLimitsThatAreNumbersDurationsOrDates) {
    const auto head = head_of(
        "\r\nX-RateLimit-Limit-Requests: 500"
        "\r\nX-RateLimit-Reset-Tokens: 6m0.5s"
        "\r\nAnthropic-RateLimit-Tokens-Reset: 2026-11-26T10:00:00.25+01:00"
        "\r\nX-RateLimit-Key: Bearer sk-other"
        "\r\nX-RateLimit-Scheme: sk-other"
        "\r\nX-RateLimit-Page: 1<b>"
        "\r\nX-RateLimit-None:"
        "\r\nX-RateLimit-Long: 12345678901234567890123456789012345678901"
        "\r\nServer: 1",
        "sk-secret-key"
    );
    EXPECT_THAT(
        head.headers,
        ElementsAre(
            Pair("x-ratelimit-limit-requests", "500"),
            Pair("x-ratelimit-reset-tokens", "6m0.5s"),
            Pair("anthropic-ratelimit-tokens-reset", "2026-11-26T10:00:00.25+01:00")
        )
    );
}

TEST(Exchange, TellsNoHeaderInWhichTheKeyIs) {
    const std::string key = "7f3a-key-of-the-gateway";
    for (const bool refused : {false, true}) {
        const auto fields = "\r\nX-RateLimit-Limit-Requests: " + key + "\r\nX-RateLimit-Reset: 1-" +
                            key + "-2" + "\r\nX-RateLimit-Remaining: 9\r\nX-Request-Id: req-" + key;
        const auto head = head_of(fields, key, refused);
        EXPECT_THAT(head.headers, ElementsAre(Pair("x-ratelimit-remaining", "9")));
        EXPECT_EQ(head.request_id, "");
    }
}

TEST(Exchange, TellsTheFirstIdThatMayBeOne) {
    const auto fields = "\r\nX-Request-Id: a b\r\nRequest-Id: " + std::string(257, 'x') +
                        "\r\nApim-Request-Id: req-1\r\nX-Generation-Id: gen-2";
    EXPECT_EQ(head_of(fields, "sk-secret-key").request_id, "req-1");
}

// ---- replays ----

std::unique_ptr<source> replayed(worker& on, recording one, const call& asked, taker& client) {
    replay_settings tape;
    tape.speed = 0;
    tape.recorded = std::make_shared<recordings>(std::vector<recording>{std::move(one)});
    return start_replay(on.context, provider_at(""), tape, asked, "m", client);
}

recording recorded(std::string ended) {
    recording made;
    made.request.client = api::openai_chat;
    made.request.model = "m";
    made.request.body = ask().body;
    made.status = 200;
    made.ended = std::move(ended);
    return made;
}

TEST(Remedy, OfAReplayIsThatOfWhatWasRecorded) {
    const auto helps = [](recording one, const call& asked) {
        worker w;
        taker client;
        return client.failed(w, replayed(w, std::move(one), asked, client)).remedy;
    };
    EXPECT_EQ(helps(recorded("broken"), ask()), remedy::again);
    EXPECT_EQ(helps(recorded("whole"), ask()), remedy::again) << "there was nothing in it";
    EXPECT_EQ(helps(recorded("tls"), ask()), remedy::elsewhere);
    auto refused = recorded("whole");
    refused.status = 403;
    EXPECT_EQ(helps(refused, ask()), remedy::elsewhere);
    auto document = ask();
    document.stream = false;
    EXPECT_EQ(helps(recorded("whole"), document), remedy::elsewhere) << "none was recorded";
    auto alien = ask(api::native);
    alien.untranslatable = {"messages.0"};
    EXPECT_EQ(helps(recorded("whole"), alien), remedy::skip);
}

TEST(Replay, TellsWhetherTheRecordedFramesArePassedOn) {
    worker w;
    taker client;
    EXPECT_TRUE(replayed(w, recorded("whole"), ask(), client)->head().transparent);
    EXPECT_FALSE(
        replayed(w, recorded("whole"), ask(api::anthropic_messages), client)->head().transparent
    );
}

// ---- the mock ----

failure of_mock(const mock_settings& settings, const call& asked) {
    worker w;
    taker client;
    return client.failed(w, start_mock(w.context, settings, asked, client));
}

call asking_for(std::string error) {
    auto asked = ask(api::native);
    asked.mock = {{"error", std::move(error)}, {"ttft-ms", "0"}, {"rate", "0"}};
    return asked;
}

/// A mock on which a fault strikes, whoever asks.
mock_settings struck_by(std::string_view fault) {
    mock_settings settings;
    settings.ttft = mock::distribution{0.0};
    settings.rate = 0;
    settings.faults = {{1, mock::parse_fault(fault).value()}};
    return settings;
}

TEST(Remedy, OfWhatARequestAsksTheMockForIsNone) {
    for (const auto* error :
         {"429", "503", "401", "404", "reset-after=1", "truncate-after=0", "error-after=2"}) {
        SCOPED_TRACE(error);
        EXPECT_EQ(of_mock({}, asking_for(error)).remedy, remedy::none);
    }
    EXPECT_EQ(of_mock({}, asking_for("nonsense")).remedy, remedy::none);
    auto in_the_prompt = ask(api::native);
    in_the_prompt.request.messages[0].content = {text_part{"[mock error=503]\nHi"}};
    EXPECT_EQ(of_mock({}, in_the_prompt).remedy, remedy::none);
}

TEST(Remedy, OfWhatStrikesTheMockIsThatOfARealProvider) {
    const auto asked = ask(api::native);
    for (const auto* fault :
         {"408",
          "429",
          "500",
          "503",
          "529",
          "reset-after=1",
          "truncate-after=0",
          "error-after=2"}) {
        SCOPED_TRACE(fault);
        EXPECT_EQ(of_mock(struck_by(fault), asked).remedy, remedy::again);
    }
    for (const auto* fault : {"401", "402", "403", "404"})
        EXPECT_EQ(of_mock(struck_by(fault), asked).remedy, remedy::elsewhere) << fault;
    for (const auto* fault : {"400", "413", "422"})
        EXPECT_EQ(of_mock(struck_by(fault), asked).remedy, remedy::none) << fault;
}

TEST(Remedy, OfWhatTheMockCannotDoIsToSkipIt) {
    auto asked = ask(api::native);
    asked.request.choices = 1000;
    EXPECT_EQ(of_mock({}, asked).remedy, remedy::skip);
    asked = ask(api::native);
    asked.untranslatable = {"messages.0"};
    EXPECT_EQ(of_mock({}, asked).remedy, remedy::skip);
}

// ---- keys ----

TEST(Remedy, OfAKeysExchangeThatIsOutOfReachIsToAskAgain) {
    worker w;
    token_cache tokens(w.context, w.engine);
    auto provider = provider_at("");
    provider.iam_url = closed_url;
    std::optional<failure> told;
    const auto wait = tokens.ask(provider, [&](const token_cache::result& result) {
        if (!result) told = result.error();
    });
    ASSERT_TRUE(w.run_until([&] { return told.has_value(); }));
    EXPECT_EQ(told->remedy, remedy::again);
    EXPECT_THAT(told->message, HasSubstr("IAM could not be reached"));
}

}  // namespace
}  // namespace sluice::tests
