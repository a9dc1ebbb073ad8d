#include "upstream/routing/continuation.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <limits>
#include <string>

namespace sluice::upstream {
namespace {

batch bring(std::initializer_list<item> items) {
    batch out;
    out.items = items;
    return out;
}

usage output(std::int64_t tokens) {
    usage made;
    made.output_tokens = tokens;
    return made;
}

message says(role who, std::string text) {
    message made;
    made.role = who;
    made.content.emplace_back(text_part{std::move(text)});
    return made;
}

const std::string& text_of(const message& message) {
    EXPECT_EQ(message.content.size(), 1U);
    return std::get<text_part>(message.content.front()).text;
}

call asking() {
    call made;
    made.api = api::openai_chat;
    made.body = "{}";
    made.stream = false;
    made.request.model = "chat";
    made.request.messages.push_back(says(role::user, "Tell me."));
    return made;
}

delivered_answer after(const request& request, std::initializer_list<item> items) {
    delivered_answer made(request);
    made.see(bring(items));
    return made;
}

delivered_answer after(std::initializer_list<item> items) {
    return after(request{}, items);
}

continuation_rules with_instruction(const char* text) {
    continuation_rules rules;
    rules.instruction = text;
    return rules;
}

TEST(DeliveredAnswer, CanBeGoneOnWithWhereThereIsText) {
    EXPECT_FALSE(delivered_answer(request{}).possible(true));
    const auto answer =
        after({identity{"id", "m", 1}, text_delta{0, "One "}, text_delta{0, "two"}});
    EXPECT_TRUE(answer.possible(true));
    EXPECT_TRUE(answer.possible(false));
    EXPECT_EQ(answer.text(), "One two");
}

TEST(DeliveredAnswer, IsNothingWhileThereAreBlanksAlone) {
    delivered_answer answer(request{});
    answer.see(bring({text_delta{0, "\n\n "}}));
    EXPECT_FALSE(answer.possible(true));
    answer.see(bring({text_delta{0, "One"}}));
    EXPECT_TRUE(answer.possible(true));
    EXPECT_EQ(answer.text(), "\n\n One");
}

TEST(DeliveredAnswer, IsSpoiltForGoodByWhatIsNoText) {
    tool_call_delta call;
    call.name = "f";
    media_delta picture;
    picture.data = "AAAA";
    reasoning_state_delta signature;
    signature.data = "signed";
    logprobs_delta probabilities;
    probabilities.content = "[]";
    verbatim frame;
    frame.bytes = "data: {}\n\n";
    const std::initializer_list<item> spoilers{
        call,
        picture,
        signature,
        probabilities,
        frame,
        refusal_delta{0, "I can't"},
        text_delta{1, "another choice"},
        embedding_delta{}};
    for (const auto& spoiler : spoilers) {
        SCOPED_TRACE(spoiler.index());
        const auto answer = after({text_delta{0, "One"}, spoiler, text_delta{0, " two"}});
        EXPECT_FALSE(answer.possible(true));
        EXPECT_TRUE(answer.text().empty());
    }
}

TEST(DeliveredAnswer, TakesNoOffenceAtSourcesAndEmptyRefusals) {
    citation_delta source;
    source.url = "https://example.com";
    const auto answer =
        after({text_delta{0, "One"}, source, refusal_delta{}, usage{}, text_delta{}});
    EXPECT_TRUE(answer.possible(false));
}

TEST(DeliveredAnswer, CanBeGoneOnWithBehindThoughtsButNotWithinThem) {
    delivered_answer answer(request{});
    answer.see(bring({reasoning_delta{0, "Hm."}}));
    EXPECT_FALSE(answer.possible(true));
    answer.see(bring({text_delta{0, "One"}}));
    EXPECT_TRUE(answer.possible(true));
    answer.see(bring({reasoning_delta{0, "Hm."}}));
    EXPECT_FALSE(answer.possible(true));
    answer.see(bring({text_delta{0, " two"}}));
    EXPECT_TRUE(answer.possible(true));
    EXPECT_EQ(answer.text(), "One two");
}

TEST(DeliveredAnswer, IsFinishedWhereTheModelSaidSo) {
    auto answer = after({text_delta{0, "One"}});
    EXPECT_FALSE(answer.finished());
    answer.see(bring({finish{}}));
    EXPECT_TRUE(answer.finished());
    EXPECT_FALSE(answer.possible(true));
}

TEST(DeliveredAnswer, IsNotGoneOnWithWhereSeveralOrProbabilitiesWereAskedFor) {
    request several;
    several.choices = 2;
    EXPECT_FALSE(after(several, {text_delta{0, "One"}}).possible(true));
    request probable;
    probable.logprobs = true;
    EXPECT_FALSE(after(probable, {text_delta{0, "One"}}).possible(true));
    probable.logprobs = false;
    EXPECT_TRUE(after(probable, {text_delta{0, "One"}}).possible(true));
}

TEST(DeliveredAnswer, NeedsPrefillForJson) {
    request asked;
    asked.response_format.emplace().kind = response_format::form::json_object;
    EXPECT_TRUE(after(asked, {text_delta{0, "{"}}).possible(true));
    EXPECT_FALSE(after(asked, {text_delta{0, "{"}}).possible(false));
    asked.response_format->kind = response_format::form::text;
    EXPECT_TRUE(after(asked, {text_delta{0, "{"}}).possible(false));
}

TEST(DeliveredAnswer, KeepsNoTextBeyondItsBound) {
    const std::string half(delivered_answer::text_bytes_max / 2, 'a');
    auto answer = after({text_delta{0, half}, text_delta{0, half}});
    EXPECT_TRUE(answer.possible(true));
    EXPECT_EQ(answer.text().size(), delivered_answer::text_bytes_max);
    answer.see(bring({text_delta{0, "b"}}));
    EXPECT_FALSE(answer.possible(true));
    EXPECT_TRUE(answer.text().empty());
}

TEST(DeliveredAnswer, CountsItemsSinceOutputWasTold) {
    delivered_answer answer(request{});
    answer.see(bring({reasoning_delta{0, "Hm."}, text_delta{0, "One"}, text_delta{}}));
    EXPECT_EQ(answer.output_tokens(), 2);
    answer.see(bring({output(10), text_delta{0, " two"}}));
    EXPECT_EQ(answer.output_tokens(), 11);
    answer.see(bring({usage{}}));
    EXPECT_EQ(answer.output_tokens(), 11);
}

TEST(DeliveredAnswer, BearsNumbersThatCannotBe) {
    const auto most = std::numeric_limits<std::int64_t>::max();
    const auto answer = after({text_delta{0, "One"}, output(most), text_delta{0, " two"}});
    EXPECT_GT(answer.output_tokens(), 1'000'000'000);
    EXPECT_EQ(after({output(-5), text_delta{0, "One"}}).output_tokens(), 1);
}

TEST(ContinueCall, GivesTheBeginningOfTheAnswerToWhoTakesPrefill) {
    const auto made = continue_call(asking(), after({text_delta{0, "One"}}), true, {});
    ASSERT_TRUE(made);
    const auto& messages = made->request.messages;
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[1].role, role::assistant);
    EXPECT_EQ(text_of(messages[1]), "One");
    EXPECT_TRUE(made->request.prefilled);
    EXPECT_TRUE(made->stream);
    EXPECT_TRUE(made->body.empty());
    EXPECT_EQ(made->request.model, "chat");
    EXPECT_EQ(made->api, api::openai_chat);
}

TEST(ContinueCall, LeavesBlanksAtTheEndOutOfAPrefill) {
    const auto so_far = after({text_delta{0, " One.\n\n"}});
    const auto given = continue_call(asking(), so_far, true, {});
    EXPECT_EQ(text_of(given->request.messages.back()), " One.");
    const auto told = continue_call(asking(), so_far, false, {});
    EXPECT_EQ(text_of(told->request.messages[1]), " One.\n\n");
}

TEST(ContinueCall, TellsOthersToGoOn) {
    auto original = asking();
    original.request.prefilled = true;
    const auto made =
        continue_call(original, after({text_delta{0, "One"}}), false, with_instruction("Go on."));
    ASSERT_TRUE(made);
    const auto& messages = made->request.messages;
    ASSERT_EQ(messages.size(), 3U);
    EXPECT_EQ(messages[1].role, role::assistant);
    EXPECT_EQ(text_of(messages[1]), "One");
    EXPECT_EQ(messages[2].role, role::user);
    EXPECT_EQ(text_of(messages[2]), "Go on.");
    EXPECT_FALSE(made->request.prefilled);
}

TEST(ContinueCall, GoesOnWithAMessageThatTheClientBegan) {
    auto original = asking();
    original.request.messages.push_back(says(role::assistant, "The answer is"));
    const auto so_far = after({text_delta{0, " forty"}});
    const auto given = continue_call(original, so_far, true, {});
    ASSERT_EQ(given->request.messages.size(), 2U);
    EXPECT_EQ(text_of(given->request.messages[1]), "The answer is forty");
    const auto told = continue_call(original, so_far, false, {});
    ASSERT_EQ(told->request.messages.size(), 3U);
    EXPECT_EQ(text_of(told->request.messages[1]), "The answer is forty");
}

TEST(ContinueCall, LeavesSignedTextsAndToolCallsAsTheyAre) {
    auto original = asking();
    original.request.messages.push_back(says(role::assistant, "Signed"));
    auto& text = std::get<text_part>(original.request.messages[1].content[0]);
    text.state.emplace().data = "signature";
    const auto so_far = after({text_delta{0, "One"}});
    auto made = continue_call(original, so_far, true, {});
    ASSERT_EQ(made->request.messages.size(), 2U);
    ASSERT_EQ(made->request.messages[1].content.size(), 2U);
    EXPECT_EQ(std::get<text_part>(made->request.messages[1].content[0]).text, "Signed");
    EXPECT_EQ(std::get<text_part>(made->request.messages[1].content[1]).text, "One");
    original.request.messages[1].tool_calls.emplace_back();
    made = continue_call(original, so_far, true, {});
    ASSERT_EQ(made->request.messages.size(), 3U);
    EXPECT_EQ(text_of(made->request.messages[2]), "One");
}

TEST(ContinueCall, LessensTheTokensToAskFor) {
    auto original = asking();
    const auto so_far = after({text_delta{0, "One"}, output(30), text_delta{0, " two"}});
    EXPECT_FALSE(continue_call(original, so_far, true, {})->request.max_tokens);
    original.request.max_tokens = 40;
    EXPECT_EQ(continue_call(original, so_far, true, {})->request.max_tokens, 9);
    EXPECT_EQ(continue_call(original, so_far, false, {})->request.max_tokens, 9);
    original.request.max_tokens = 32;
    EXPECT_EQ(continue_call(original, so_far, true, {})->request.max_tokens, 1);
}

TEST(ContinueCall, IsNothingWhereNoTokenIsLeft) {
    auto original = asking();
    const auto so_far = after({text_delta{0, "One"}, output(30)});
    original.request.max_tokens = 30;
    EXPECT_FALSE(continue_call(original, so_far, true, {}));
    original.request.max_tokens = 10;
    EXPECT_FALSE(continue_call(original, so_far, false, {}));
}

TEST(ContinueCall, WantsNoThoughtsInFrontOfAnAnswerThatHasBegun) {
    auto original = asking();
    original.request.reasoning.effort = "high";
    original.request.reasoning.budget = 4000;
    const auto so_far = after({text_delta{0, "One"}});
    EXPECT_FALSE(continue_call(original, so_far, true, {})->request.reasoning.said());
    EXPECT_EQ(continue_call(original, so_far, false, {})->request.reasoning.effort, "high");
    original.request.reasoning = {};
    original.request.reasoning.enabled = false;
    EXPECT_EQ(continue_call(original, so_far, true, {})->request.reasoning.enabled, false);
    original.request.reasoning = {};
    original.request.reasoning.effort = "none";
    EXPECT_EQ(continue_call(original, so_far, true, {})->request.reasoning.effort, "none");
}

}  // namespace
}  // namespace sluice::upstream
