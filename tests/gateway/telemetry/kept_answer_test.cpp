#include "gateway/telemetry/kept_answer.hpp"

#include "upstream/utf8.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace sluice::gateway::testing {
namespace {

using nlohmann::json;
using upstream::finish_reason;

constexpr std::size_t room = 1000;

kept_answer told(const std::vector<upstream::item>& items) {
    kept_answer kept(room);
    for (const auto& item : items)
        kept.add(item);
    return kept;
}

json messages_of(const std::vector<upstream::item>& items) {
    return json::parse(told(items).messages());
}

/// The parts of the first choice.
json parts_of(const std::vector<upstream::item>& items) {
    return messages_of(items).at(0).at("parts");
}

json said(const char* type, const std::string& content) {
    return {{"type", type}, {"content", content}};
}

upstream::tool_call_delta call(
    int index, std::string_view id, std::string_view name, std::string_view arguments
) {
    return {0, index, id, name, arguments};
}

TEST(KeptAnswer, HasItsPartsInTheOrderInWhichTheyWereTold) {
    const auto parts = parts_of(
        {upstream::reasoning_delta{0, "Let me "},
         upstream::reasoning_delta{0, "see."},
         upstream::text_delta{0, "I look"},
         upstream::text_delta{0, " it up."},
         call(0, "c1", "look", ""),
         call(0, "", "", R"({"at": )"),
         call(0, "", "", R"("Oslo"})"),
         upstream::reasoning_delta{0, "Now."},
         upstream::text_delta{0, "Wait."}}
    );
    const json look{
        {"type", "tool_call"}, {"id", "c1"}, {"name", "look"}, {"arguments", {{"at", "Oslo"}}}};
    const json wanted{
        said("reasoning", "Let me see."),
        said("text", "I look it up."),
        look,
        said("reasoning", "Now."),
        said("text", "Wait.")};
    EXPECT_EQ(parts, wanted);
}

TEST(KeptAnswer, KeepsCallsApartThatComeAtTheSameTime) {
    const auto parts = parts_of(
        {call(0, "c1", "one", "{\"a\""),
         call(1, "c2", "two", "{\"b\""),
         call(0, "", "", ":1}"),
         call(1, "", "", ":2}")}
    );
    EXPECT_EQ(parts.at(0).at("arguments"), json({{"a", 1}}));
    EXPECT_EQ(parts.at(1).at("arguments"), json({{"b", 2}}));
    EXPECT_EQ(parts.at(1).at("id"), "c2");
}

TEST(KeptAnswer, HasArgumentsThatAreNoObjectAsText) {
    const std::string deep(200, '[');
    const std::string nul("{}\0{}", 5);
    for (const std::string& arguments :
         {std::string(), std::string("[1]"), std::string("{\"a\":"), "{\"a\":" + deep, nul}) {
        const auto parts = parts_of({call(0, "c1", "look", arguments)});
        EXPECT_EQ(parts.at(0).at("arguments"), arguments);
    }
    EXPECT_EQ(parts_of({call(0, "c1", "look", " {}\n")}).at(0).at("arguments"), json::object());
}

TEST(KeptAnswer, HasAMessageForEachChoice) {
    const auto messages = messages_of(
        {upstream::text_delta{2, "c"},
         upstream::text_delta{0, "a"},
         upstream::text_delta{2, "C"},
         upstream::finish{2, finish_reason::length},
         upstream::finish{0, finish_reason::stop}}
    );
    const json wanted{
        {{"role", "assistant"}, {"parts", {said("text", "a")}}, {"finish_reason", "stop"}},
        {{"role", "assistant"}, {"parts", {said("text", "cC")}}, {"finish_reason", "length"}}};
    EXPECT_EQ(messages, wanted);
}

TEST(KeptAnswer, TellsEndsInTheWordsOfTheConventions) {
    const auto word = [](finish_reason reason) {
        return messages_of({upstream::finish{0, reason}}).at(0).at("finish_reason");
    };
    EXPECT_EQ(word(finish_reason::stop), "stop");
    EXPECT_EQ(word(finish_reason::length), "length");
    EXPECT_EQ(word(finish_reason::tool_calls), "tool_call");
    EXPECT_EQ(word(finish_reason::content_filter), "content_filter");
    EXPECT_FALSE(messages_of({upstream::text_delta{0, "a"}}).at(0).contains("finish_reason"));
}

TEST(KeptAnswer, HasARefusalAsAText) {
    const std::vector<upstream::item> items{
        upstream::text_delta{0, "Well. "}, upstream::refusal_delta{0, "I can't."}};
    EXPECT_EQ(parts_of(items), json({said("text", "Well. "), said("text", "I can't.")}));
    EXPECT_EQ(told(items).words(), "Well. I can't.");
}

TEST(KeptAnswer, NamesMediaOnceAndHasWhatIsSpoken) {
    const auto parts = parts_of(
        {upstream::media_delta{0, "audio/pcm16", "aGlk", ""},
         upstream::media_delta{0, "audio/pcm16", "", "Hel"},
         upstream::media_delta{0, "audio/pcm16", "ZGVu", "lo"},
         upstream::media_delta{0, "image/png", "aGlk", ""},
         upstream::media_delta{0, "application/pdf", "aGlk", ""}}
    );
    const auto blob = [](const char* modality) {
        return json{{"type", "blob"}, {"modality", modality}};
    };
    EXPECT_EQ(parts, json({blob("audio"), said("text", "Hello"), blob("image"), blob("file")}));
}

TEST(KeptAnswer, HasNothingWhereNothingWasSaid) {
    EXPECT_EQ(told({}).messages(), "[]");
    EXPECT_EQ(told({}).words(), "");
    EXPECT_EQ(parts_of({upstream::finish{}}), json::array());
}

TEST(KeptAnswer, GivesAPersonTheWordsOfTheFirstChoiceAlone) {
    const std::vector<upstream::item> items{
        upstream::reasoning_delta{0, "hm"},
        upstream::text_delta{0, "Hel"},
        upstream::text_delta{1, "Bye"},
        call(0, "c1", "look", "{}"),
        upstream::text_delta{0, "lo"}};
    EXPECT_EQ(told(items).words(), "Hello");
}

TEST(KeptAnswer, GivesAPersonTheCallsWhereThereAreNoWords) {
    const std::vector<upstream::item> items{
        upstream::reasoning_delta{0, "hm"},
        call(0, "c1", "look", R"({"at":"Oslo"})"),
        call(1, "c2", "rest", "{}")};
    EXPECT_EQ(told(items).words(), "look({\"at\":\"Oslo\"})\nrest({})");
}

TEST(KeptAnswer, TakesNothingBehindWhatFoundNoRoom) {
    kept_answer kept(room);
    kept.add(upstream::text_delta{1, std::string(room - 6, 'a')});
    EXPECT_FALSE(kept.full());
    kept.add(call(0, "c1", "look", "{}"));
    EXPECT_TRUE(kept.full());
    kept.add(upstream::text_delta{0, "b"});
    EXPECT_EQ(kept.words(), "look()");
    kept.add(upstream::finish{0, finish_reason::stop});
    EXPECT_EQ(json::parse(kept.messages()).at(0).at("finish_reason"), "stop");
}

TEST(KeptAnswer, CountsAllChoicesTogether) {
    kept_answer kept(room);
    for (int choice = 0; choice < kept_answer::choices_max; ++choice)
        kept.add(upstream::text_delta{choice, std::string(room / 8, 'a')});
    EXPECT_TRUE(kept.full());
    EXPECT_LT(kept.messages().size(), 2 * room);
}

TEST(KeptAnswer, LeavesThoughtsHalfOfTheRoom) {
    kept_answer kept(room);
    for (int i = 0; i < 100; ++i)
        kept.add(upstream::reasoning_delta{0, "\u20ac\u20ac\u20ac\u20ac\u20ac"});
    EXPECT_FALSE(kept.full());
    kept.add(upstream::text_delta{0, std::string(room / 2, 'a')});
    EXPECT_FALSE(kept.full());
    const auto parts = json::parse(kept.messages()).at(0).at("parts");
    const auto thoughts = parts.at(0).at("content").get<std::string>();
    EXPECT_LE(thoughts.size(), room / 2);
    EXPECT_GT(thoughts.size(), room / 2 - 3);
    EXPECT_TRUE(upstream::is_utf8(thoughts));
    EXPECT_EQ(parts.at(1).at("content"), std::string(room / 2, 'a'));
}

TEST(KeptAnswer, KeepsNoMoreThanSoManyParts) {
    kept_answer kept(1U << 20);
    const auto many = static_cast<int>(kept_answer::parts_max) + 10;
    for (int i = 0; i < many; ++i)
        kept.add(call(i, "c", "look", "{}"));
    EXPECT_TRUE(kept.full());
    const auto parts = json::parse(kept.messages()).at(0).at("parts");
    EXPECT_EQ(parts.size(), kept_answer::parts_max);
}

TEST(KeptAnswer, KeepsTheBeginningOfNames) {
    const std::string name(1000, 'n');
    kept_answer kept(1U << 20);
    kept.add(call(0, name, name, "{}"));
    const auto part = json::parse(kept.messages()).at(0).at("parts").at(0);
    EXPECT_EQ(part.at("id"), name.substr(0, kept_answer::name_bytes_max));
    EXPECT_EQ(part.at("name"), name.substr(0, kept_answer::name_bytes_max));
    EXPECT_EQ(part.at("arguments"), json::object());
}

TEST(KeptAnswer, TakesNoChoiceBeyondTheLast) {
    for (const int choice : {-1, kept_answer::choices_max}) {
        const std::vector<upstream::item> items{
            upstream::text_delta{choice, "a"},
            upstream::tool_call_delta{choice, 0, "c", "look", "{}"},
            upstream::media_delta{choice, "image/png", "aGlk"},
            upstream::finish{choice, finish_reason::stop}};
        EXPECT_EQ(told(items).messages(), "[]");
    }
}

TEST(KeptAnswer, IsJsonWhateverBytesCome) {
    const auto kept = told(
        {upstream::text_delta{0, "\xff\"\\\n\x01"},
         call(0, "\xfe", "\"", "{\"a\":\"\xff\"}"),
         upstream::media_delta{0, "\xff", ""}}
    );
    EXPECT_TRUE(json::accept(kept.messages())) << kept.messages();
}

}  // namespace
}  // namespace sluice::gateway::testing
