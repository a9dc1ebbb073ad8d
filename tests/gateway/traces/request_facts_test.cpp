#include "gateway/telemetry/traces/answer_notes.hpp"
#include "gateway/telemetry/traces/request_wishes.hpp"
#include "gateway/telemetry/traces/server_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway {
namespace {

using ::testing::ElementsAre;

server_address at(std::string address, std::optional<std::int64_t> port = {}) {
    return {std::move(address), port};
}

TEST(ServerAddress, IsHostAndPort) {
    EXPECT_EQ(read_authority("llm.example.com"), at("llm.example.com"));
    EXPECT_EQ(read_authority("llm.example.com:8080"), at("llm.example.com", 8080));
    EXPECT_EQ(read_authority("[::1]:8080"), at("::1", 8080));
    EXPECT_EQ(read_authority("[::1]"), at("::1"));
    EXPECT_EQ(read_authority(""), at(""));
    EXPECT_EQ(read_authority("a:b"), at("a"));
    EXPECT_EQ(read_authority("a:65536"), at("a"));
}

TEST(ServerAddress, OfAUrlHasThePortOfItsScheme) {
    EXPECT_EQ(address_of_url("https://api.example.com/v1"), at("api.example.com", 443));
    EXPECT_EQ(address_of_url("http://api.example.com"), at("api.example.com", 80));
    EXPECT_EQ(address_of_url("http://[fd00::1]:9000/v1?x"), at("fd00::1", 9000));
    EXPECT_EQ(address_of_url("https://user:secret@api.example.com/"), at("api.example.com", 443));
    EXPECT_EQ(address_of_url(""), at(""));
}

TEST(RequestWishes, AreWhatWasDecoded) {
    upstream::request asked;
    asked.max_tokens = 100;
    asked.temperature = 0.5;
    asked.top_k = 40;
    asked.choices = 2;
    asked.stop = {"END"};
    request_wishes wanted;
    wanted.max_tokens = 100;
    wanted.temperature = 0.5;
    wanted.top_k = 40;
    wanted.choices = 2;
    wanted.stop = {"END"};
    EXPECT_EQ(wishes_of(asked), wanted);
    EXPECT_EQ(wishes_of({}), request_wishes{});
}

TEST(RequestWishes, StandInABodyThatWasNotDecoded) {
    const auto chat = wishes_in(
        R"({"model":"m","max_completion_tokens":64,"temperature":1e-1,"top_p":0.9,"seed":7,"n":3,)"
        R"("frequency_penalty":0.25,"presence_penalty":-1,"stop":["a\n","b"],"messages":[{"n":9}]})"
    );
    EXPECT_EQ(chat.max_tokens, 64);
    EXPECT_EQ(chat.temperature, 0.1);
    EXPECT_EQ(chat.top_p, 0.9);
    EXPECT_EQ(chat.seed, 7);
    EXPECT_EQ(chat.choices, 3);
    EXPECT_EQ(chat.frequency_penalty, 0.25);
    EXPECT_EQ(chat.presence_penalty, -1.0);
    EXPECT_THAT(chat.stop, ElementsAre("a\n", "b"));
    const auto messages = wishes_in(R"({"max_tokens": 5, "top_k": 2, "stop_sequences": ["x"]})");
    EXPECT_EQ(messages.max_tokens, 5);
    EXPECT_EQ(messages.top_k, 2);
    EXPECT_THAT(messages.stop, ElementsAre("x"));
    EXPECT_THAT(wishes_in(R"({"stop":"one"})").stop, ElementsAre("one"));
}

TEST(RequestWishes, OfAnotherFormAreLeftOut) {
    EXPECT_EQ(
        wishes_in(R"({"max_tokens":"5","temperature":null,"top_k":1.5,"n":1,"stop":[1,{"a":2}]})"),
        request_wishes{}
    );
    EXPECT_EQ(wishes_in("nonsense"), request_wishes{});
}

TEST(RequestWishes, AreBounded) {
    upstream::request asked;
    asked.stop.assign(100, std::string(1000, 'x'));
    EXPECT_EQ(wishes_of(asked).stop.size(), request_wishes::stops_max);
    EXPECT_EQ(wishes_of(asked).stop.front().size(), request_wishes::stop_bytes_max);
}

TEST(AnswerNotes, AreTheLastWordOfTheAnswer) {
    using upstream::finish_reason;
    answer_notes notes;
    upstream::batch first;
    first.items = {upstream::identity{"id-1", "model-1"}, upstream::text_delta{0, "Hi"}};
    notes.see(first);
    EXPECT_THAT(notes.finish_reasons(), ElementsAre());
    upstream::batch last;
    last.items = {
        upstream::identity{"", "model-2"},
        upstream::finish{1, finish_reason::length},
        upstream::finish{0, finish_reason::stop},
        upstream::finish{1'000'000, finish_reason::stop}};
    notes.see(last);
    EXPECT_EQ(notes.id(), "id-1");
    EXPECT_EQ(notes.model(), "model-2");
    EXPECT_THAT(notes.finish_reasons(), ElementsAre("stop", "length"));
}

}  // namespace
}  // namespace sluice::gateway
