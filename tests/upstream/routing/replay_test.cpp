#include "tests/upstream/routing/recorded.hpp"
#include "upstream/routing/replayed_exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace sluice::tests {
namespace {

using namespace upstream;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

/// A recorded stream of chat completions whose reads come at the given times.
recording recorded(const std::vector<std::pair<double, std::string>>& reads) {
    recording made;
    made.request.client = api::openai_chat;
    made.request.model = "m";
    made.request.body = ask().body;
    made.status = 200;
    made.headers = {{"x-request-id", "r-7"}, {"x-ratelimit-limit-requests", "60"}};
    for (const auto& [at, bytes] : reads) {
        made.body += bytes;
        made.reads.push_back({at, made.body.size()});
    }
    made.ended_at = reads.empty() ? 0 : reads.back().first;
    made.ended = "whole";
    return made;
}

provider player(std::vector<recording> all, double speed = 0) {
    provider made;
    made.settings.kind = provider_settings::protocol::replay;
    made.settings.name = "tape";
    made.replay.speed = speed;
    made.replay.recorded = std::make_shared<recordings>(std::move(all));
    return made;
}

TEST(Replay, RelaysTheRecordedBytesToAClientOfTheirProtocol) {
    const auto wire = chat_frame("Hel") + ": a comment\n\n" + chat_frame("lo") + chat_end;
    // Cut as a network would.
    const auto tape = player({recorded({{0, wire.substr(0, 20)}, {0, wire.substr(20)}})});
    house h;
    listener client;
    ASSERT_TRUE(h.complete(client, tape, ask()));
    EXPECT_EQ(client.ended->outcome, outcome::completed);
    EXPECT_EQ(client.frames, wire);
}

TEST(Replay, IsTranslatedForClientsOfAnotherProtocol) {
    const auto tape = player({recorded({{0, chat_frame("Hel") + chat_frame("lo") + chat_end}})});
    house h;
    listener client;
    ASSERT_TRUE(h.complete(client, tape, ask("Hi", api::anthropic_messages)));
    EXPECT_EQ(client.ended->outcome, outcome::completed);
    EXPECT_EQ(client.text, "Hello");
    EXPECT_EQ(client.frames, "");
}

TEST(Replay, TellsTheRecordedHead) {
    const auto tape = player({recorded({{0, chat_frame("Hi") + chat_end}})});
    house h;
    listener client;
    ASSERT_TRUE(h.complete(client, tape, ask()));
    EXPECT_EQ(client.source->head().status, 200);
    EXPECT_EQ(client.source->head().request_id, "r-7");
    EXPECT_EQ(client.source->head().headers, (header_list{{"x-ratelimit-limit-requests", "60"}}));
}

/// When each of four texts came that were recorded so many seconds apart.
std::vector<double> arrivals(double apart, double speed) {
    const auto tape = player(
        {recorded(
            {{apart, chat_frame("a")},
             {2 * apart, chat_frame("b")},
             {3 * apart, chat_frame("c")},
             {4 * apart, chat_frame("d") + chat_end}}
        )},
        speed
    );
    house h;
    listener client;
    const auto begun = steady_clock::now();
    EXPECT_TRUE(h.complete(client, tape, ask("Hi", api::native)));
    std::vector<double> seconds;
    for (const auto at : client.arrived)
        seconds.push_back(std::chrono::duration<double>(at - begun).count());
    return seconds;
}

TEST(Replay, PlaysAtTheRecordedTimes) {
    const auto at = arrivals(0.04, 1);
    ASSERT_EQ(at.size(), 4U);
    for (std::size_t i = 0; i < at.size(); ++i)
        EXPECT_GE(at[i], 0.04 * static_cast<double>(i + 1));
}

TEST(Replay, PlaysFasterOrSlowerByItsSpeed) {
    EXPECT_GE(arrivals(0.04, 0.5).at(3), 0.32);
    const auto fast = arrivals(10, 500);
    EXPECT_GE(fast.at(3), 0.08);
    EXPECT_LT(fast.at(3), 10);
}

TEST(Replay, WithoutASpeedPlaysAllAtOnce) {
    EXPECT_LT(arrivals(3600, 0).at(3), 10);
}

TEST(Replay, ComesInPiecesWhereAllIsDueAtOnce) {
    std::vector<std::pair<double, std::string>> reads;
    std::string wire;
    for (int i = 0; i < 3000; ++i) {
        reads.emplace_back(0, chat_frame("token " + std::to_string(i)));
        wire += reads.back().second;
    }
    reads.emplace_back(0, chat_end);
    const auto tape = player({recorded(reads)});
    house h;
    listener client;
    client.taking = false;
    h.begin(client, tape, ask());
    batch batch;
    std::size_t bytes = 0;
    client.source->take(batch);
    for (const auto& item : batch.items) {
        if (const auto* frame = std::get_if<verbatim>(&item)) bytes += frame->bytes.size();
    }
    EXPECT_GT(bytes, 0U);
    EXPECT_LE(bytes, transfer_engine::body_bytes_max);
    EXPECT_TRUE(client.source->waiting());
}

TEST(Replay, BringsWhatNobodyTookAtOnceAndNothingTwice) {
    const auto tape =
        player({recorded({{0, chat_frame("a")}, {0.01, chat_frame("b")}, {0.02, chat_end}})}, 1);
    house h;
    listener client;
    client.taking = false;
    h.begin(client, tape, ask());
    const auto begun = steady_clock::now();
    ASSERT_TRUE(h.run_until([&] { return steady_clock::now() - begun > 40ms; }));
    EXPECT_TRUE(client.source->waiting());
    client.taking = true;
    client.on_ready();
    ASSERT_TRUE(client.ended);
    EXPECT_EQ(client.frames, chat_frame("a") + chat_frame("b") + chat_end);
}

TEST(Replay, BreaksOffWhereTheRecordingDid) {
    auto broken = recorded({{0, chat_frame("Hel")}});
    broken.ended = "broken";
    broken.message = "the connection was reset";
    house h;
    listener client;
    ASSERT_TRUE(h.complete(client, player({broken}), ask()));
    EXPECT_EQ(client.frames, chat_frame("Hel"));
    EXPECT_EQ(client.ended->outcome, outcome::upstream_eof);
    ASSERT_TRUE(client.ended->failure);
    EXPECT_THAT(client.ended->failure->message, HasSubstr("the connection was reset"));
    EXPECT_EQ(client.ended->failure->request_id, "r-7");
}

TEST(Replay, WithoutATerminalEventIsNotWhole) {
    house h;
    listener client;
    ASSERT_TRUE(h.complete(client, player({recorded({{0, chat_frame("Hel")}})}), ask()));
    EXPECT_EQ(client.ended->outcome, outcome::upstream_eof);
}

TEST(Replay, OfAnExchangeThatWasGivenUpEndsThere) {
    auto left = recorded({{0, chat_frame("Hel")}});
    left.ended = "left";
    house h;
    listener client;
    ASSERT_TRUE(h.complete(client, player({left}), ask()));
    EXPECT_EQ(client.ended->outcome, outcome::upstream_eof);
    EXPECT_THAT(client.ended->failure->message, HasSubstr("the recording goes no further"));
}

TEST(Replay, FailsToConnectWhereTheRecordingDid) {
    recording nothing;
    nothing.request = recorded({}).request;
    nothing.ended = "connect_timeout";
    nothing.message = "not in time";
    house h;
    listener client;
    ASSERT_TRUE(h.complete(client, player({nothing}), ask()));
    ASSERT_TRUE(client.ended->failure);
    EXPECT_EQ(client.ended->failure->status, 504);
    EXPECT_THAT(client.ended->failure->message, HasSubstr("could not be reached: not in time"));
}

TEST(Replay, RefusesAsTheProviderDid) {
    auto refusal = recorded(
        {{0, R"({"error":{"message":"Slow )"}, {0, R"(down","type":"tokens","code":"rate"}})"}}
    );
    refusal.status = 429;
    refusal.headers.emplace_back("retry-after", "7");
    house h;
    listener client;
    ASSERT_TRUE(h.complete(client, player({refusal}), ask()));
    ASSERT_TRUE(client.ended->failure);
    EXPECT_EQ(client.ended->failure->status, 429);
    EXPECT_EQ(client.ended->failure->message, "Slow down");
    EXPECT_EQ(client.ended->failure->retry_after, "7");
    EXPECT_EQ(client.ended->failure->request_id, "r-7");
}

TEST(Replay, GivesEachPromptItsOwnRecordingAlsoWhereItIsTranslated) {
    auto hi = recorded({{0, chat_frame("one") + chat_end}});
    auto ho = recorded({{0, chat_frame("two") + chat_end}});
    ho.request.body = ask("Ho").body;
    const auto tape = player({hi, ho});
    house h;
    listener relayed;
    ASSERT_TRUE(h.complete(relayed, tape, ask("Ho")));
    EXPECT_EQ(relayed.frames, chat_frame("two") + chat_end);
    for (int i = 0; i < 2; ++i) {
        listener first;
        listener second;
        ASSERT_TRUE(h.complete(first, tape, ask("Ho", api::anthropic_messages)));
        ASSERT_TRUE(h.complete(second, tape, ask("Hi", api::gemini)));
        EXPECT_EQ(first.text + second.text, "twoone");
    }
}

TEST(Replay, SaysWhereNoRecordingFits) {
    const auto tape = player({recorded({{0, chat_end}})});
    auto document = ask();
    document.stream = false;
    house h;
    listener client;
    ASSERT_TRUE(h.complete(client, tape, document));
    EXPECT_EQ(client.ended->failure->status, 404);
    EXPECT_EQ(
        client.ended->failure->message,
        "no recording answers a request of openai_chat for a single document"
    );
    listener other;
    ASSERT_TRUE(h.complete(other, tape, ask("Hi", api::openai_embeddings)));
    EXPECT_GE(other.ended->failure->status, 400);
}

TEST(Replay, MayBeGivenUpAtAnyTime) {
    const auto tape = player({recorded({{0, chat_frame("a")}, {3600, chat_end}})}, 1);
    house h;
    listener one;
    h.begin(one, tape, ask());
    ASSERT_TRUE(h.run_until([&] { return !one.frames.empty(); }));
    one.source->cancel();
    EXPECT_FALSE(one.source->waiting());
    one.source.reset();
    listener two;
    h.begin(two, tape, ask());
    two.source.reset();
    EXPECT_FALSE(one.ended || two.ended);
}

}  // namespace
}  // namespace sluice::tests
