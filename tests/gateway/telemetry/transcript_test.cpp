#include "gateway/telemetry/transcript.hpp"

#include "upstream/utf8.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;

upstream::message said(upstream::role role, std::string text) {
    upstream::message message;
    message.role = role;
    message.content.emplace_back(upstream::text_part{std::move(text)});
    return message;
}

upstream::request prompt_of(std::vector<upstream::message> messages) {
    upstream::request prompt;
    prompt.messages = std::move(messages);
    return prompt;
}

void see(transcript& seen, upstream::item item) {
    upstream::batch batch;
    batch.items.push_back(std::move(item));
    seen.see(batch);
}

TEST(Transcript, HasTheMessagesOfThePromptInTheFormOfTheConventions) {
    auto answer = said(upstream::role::assistant, "a \"b\"\n");
    answer.tool_calls.push_back({"call-1", "look", "{\"at\":1}"});
    const transcript seen{prompt_of(
        {said(upstream::role::developer, "be brief"), said(upstream::role::user, "Hi"), answer}
    )};
    const auto text = [](const char* content) {
        return json{{"type", "text"}, {"content", content}};
    };
    const json call{
        {"type", "tool_call"}, {"id", "call-1"}, {"name", "look"}, {"arguments", {{"at", 1}}}};
    const json wanted{
        {{"role", "system"}, {"parts", {text("be brief")}}},
        {{"role", "user"}, {"parts", {text("Hi")}}},
        {{"role", "assistant"}, {"parts", {text("a \"b\"\n"), call}}}};
    EXPECT_EQ(json::parse(seen.prompt()), wanted);
    EXPECT_FALSE(seen.prompt_cut());
}

TEST(Transcript, NamesPicturesAndKeepsNone) {
    auto message = said(upstream::role::user, "what is it?");
    upstream::image_part picture;
    picture.url = "data:image/png;base64,aGlkZGVu";
    message.content.emplace_back(picture);
    const transcript seen{prompt_of({message})};
    const auto parts = json::parse(seen.prompt()).at(0).at("parts");
    EXPECT_EQ(parts.at(1), (json{{"type", "blob"}, {"modality", "image"}}));
    EXPECT_EQ(seen.prompt().find("aGlkZGVu"), std::string::npos);
}

TEST(Transcript, HasTheTextsThatVectorsAreMadeOf) {
    upstream::call call;
    call.embedding = upstream::embedding_request{{"one", "two"}, {}, false};
    const transcript seen{call};
    const auto prompt = json::parse(seen.prompt());
    ASSERT_EQ(prompt.size(), 2U);
    EXPECT_EQ(prompt.at(1).at("parts").at(0).at("content"), "two");
}

TEST(Transcript, KeepsTheNewestMessagesThatFitAndTellsOfTheOthers) {
    const auto third = transcript::bytes_max / 3;
    const transcript seen{prompt_of(
        {said(upstream::role::user, std::string(third, 'a')),
         said(upstream::role::assistant, std::string(third, 'b')),
         said(upstream::role::user, std::string(third - 20, 'c'))}
    )};
    EXPECT_LE(seen.prompt().size(), transcript::bytes_max);
    const auto prompt = json::parse(seen.prompt());
    ASSERT_EQ(prompt.size(), 2U);
    EXPECT_EQ(prompt.at(0).at("role"), "assistant");
    EXPECT_EQ(prompt.at(1).at("parts").at(0).at("content"), std::string(third - 20, 'c'));
    EXPECT_TRUE(seen.prompt_cut());
}

TEST(Transcript, CutsNoMessageInTwo) {
    const transcript seen{
        prompt_of({said(upstream::role::user, std::string(transcript::bytes_max, 'a'))})};
    EXPECT_EQ(seen.prompt(), "[]");
    EXPECT_TRUE(seen.prompt_cut());
}

TEST(Transcript, HasTheWordsOfTheFirstChoiceAndAMessageOfEach) {
    transcript seen{prompt_of({})};
    see(seen, upstream::text_delta{0, "Hel"});
    see(seen, upstream::text_delta{1, "Bye"});
    see(seen, upstream::reasoning_delta{1, "hm"});
    see(seen, upstream::text_delta{0, "lo"});
    see(seen, upstream::finish{1, upstream::finish_reason::length});
    see(seen, upstream::finish{0, upstream::finish_reason::stop});
    EXPECT_EQ(seen.answer(), "Hello");
    EXPECT_FALSE(seen.answer_cut());
    const auto part = [](const char* type, const char* content) {
        return json{{"type", type}, {"content", content}};
    };
    const json wanted{
        {{"role", "assistant"}, {"parts", {part("text", "Hello")}}, {"finish_reason", "stop"}},
        {{"role", "assistant"},
         {"parts", {part("text", "Bye"), part("reasoning", "hm")}},
         {"finish_reason", "length"}}};
    EXPECT_EQ(json::parse(seen.output_messages()), wanted);
}

TEST(Transcript, CutsAnAnswerBetweenTwoCharactersAndTakesNothingBehindTheCut) {
    for (const std::string character : {"a", "\u00e9", "\u20ac", "\U0001f600"}) {
        for (std::size_t before = 0; before < 4; ++before) {
            SCOPED_TRACE(character + std::to_string(before));
            transcript seen{prompt_of({})};
            std::string text(before, 'x');
            while (text.size() <= transcript::bytes_max)
                text += character;
            see(seen, upstream::text_delta{0, text});
            see(seen, upstream::text_delta{0, "y"});
            EXPECT_TRUE(seen.answer_cut());
            EXPECT_LE(seen.answer().size(), transcript::bytes_max);
            EXPECT_GT(seen.answer().size(), transcript::bytes_max - character.size());
            EXPECT_TRUE(upstream::is_utf8(seen.answer()));
            EXPECT_NE(seen.answer().back(), 'y');
        }
    }
}

TEST(Transcript, TakesAnAnswerThatFillsItToTheLastByte) {
    transcript seen{prompt_of({})};
    see(seen, upstream::text_delta{0, std::string(transcript::bytes_max, 'a')});
    EXPECT_EQ(seen.answer().size(), transcript::bytes_max);
    EXPECT_FALSE(seen.answer_cut());
    see(seen, upstream::text_delta{0, ""});
    EXPECT_FALSE(seen.answer_cut());
    see(seen, upstream::text_delta{0, "b"});
    EXPECT_TRUE(seen.answer_cut());
}

TEST(Transcript, IsValidWhateverBytesCome) {
    transcript seen{prompt_of({said(upstream::role::user, "\xff\xfe")})};
    EXPECT_TRUE(json::accept(seen.prompt()));
    see(seen, upstream::text_delta{0, std::string(2 * transcript::bytes_max, '\x80')});
    EXPECT_LE(seen.answer().size(), transcript::bytes_max);
    EXPECT_TRUE(json::accept(seen.output_messages()));
}

}  // namespace
}  // namespace sluice::gateway::testing
