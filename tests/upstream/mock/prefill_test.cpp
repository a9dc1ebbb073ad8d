#include "upstream/mock/mock.hpp"
#include "upstream/mock/prompt.hpp"
#include "upstream/utf8.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::upstream {
namespace {

/// What one call brought, its texts copied.
struct heard {
    std::string text;
    std::string thoughts;
    std::int64_t pieces = 0;  ///< of text
    std::optional<finish_reason> end;
    usage total;
    std::optional<upstream::ending> ending;
    std::string id;

    void operator()(const text_delta& part) {
        EXPECT_TRUE(is_utf8(part.text));
        text += part.text;
        ++pieces;
    }
    void operator()(const reasoning_delta& part) { thoughts += part.text; }
    void operator()(const finish& part) { end = part.reason; }
    void operator()(const usage& part) { total = part; }
    void operator()(const identity& part) { id = part.id; }
    template <class Other>
    void operator()(const Other&) {}
};

class owner final : public source_listener {
 public:
    owner(const call& call, const mock_settings& settings) {
        mock_ = start_mock(context_, settings, call, *this);
    }
    void on_ready() override {
        batch batch;
        mock_->take(batch);
        for (const auto& each : batch.items)
            std::visit(seen, each);
        if (batch.ending) seen.ending = batch.ending;
    }
    heard run() {
        context_.run();
        return std::move(seen);
    }

 private:
    boost::asio::io_context context_{1};
    std::unique_ptr<source> mock_;
    heard seen;
};

mock_settings at_once() {
    mock_settings made;
    made.ttft = mock::distribution(0);
    made.rate = 0;
    return made;
}

heard ask(const call& call, const mock_settings& settings = at_once()) {
    return owner(call, settings).run();
}

void add(call& call, role who, std::string text) {
    message made;
    made.role = who;
    made.content.emplace_back(text_part{std::move(text)});
    call.request.messages.push_back(std::move(made));
}

call prompt() {
    call made;
    made.request.model = "mock";
    add(made, role::user, "Tell me about rivers");
    return made;
}

/// The call that gives the beginning of its answer.
call begun(call call, std::string_view beginning) {
    add(call, role::assistant, std::string(beginning));
    call.request.prefilled = true;
    return call;
}

/// At each character: what was given and what came are the answer, and nothing else came.
void expect_exact_rests(const call& call, const mock_settings& settings = at_once()) {
    const auto whole = ask(call, settings).text;
    ASSERT_FALSE(whole.empty());
    for (std::size_t at = 0; at <= whole.size(); ++at) {
        if (at < whole.size() && utf8_length(std::string_view(whole).substr(at)) == 0) continue;
        const auto rest = ask(begun(call, whole.substr(0, at)), settings);
        ASSERT_EQ(whole.substr(0, at) + rest.text, whole) << at;
        ASSERT_EQ(rest.end, finish_reason::stop) << at;
        ASSERT_EQ(rest.total.output_tokens, rest.pieces) << at;
        ASSERT_EQ(rest.ending->outcome, outcome::completed) << at;
    }
}

TEST(MockPrefill, SaysTheRestOfTheAnswerWhereverItWasCut) {
    expect_exact_rests(prompt());
}

TEST(MockPrefill, SaysTheRestOfEveryStyleOfText) {
    for (const char* const style : {"markdown", "code", "scripts", "json"}) {
        SCOPED_TRACE(style);
        auto call = prompt();
        call.mock = {{"content", style}, {"tokens", "60"}};
        expect_exact_rests(call);
    }
}

TEST(MockPrefill, SaysTheRestOfAJsonDocument) {
    auto call = prompt();
    call.request.response_format.emplace().kind = response_format::form::json_object;
    expect_exact_rests(call);
}

TEST(MockPrefill, SaysTheRestOfAReplyAndOfLengthsThatWereDrawn) {
    auto settings = at_once();
    settings.tokens = mock::distribution(mock::distribution::uniform{20, 200});
    expect_exact_rests(prompt(), settings);
    mock::rule rule;
    rule.reply = "It is 流れ, 👩🏽‍🚀 and\n\n\t12345.";
    settings.script.rules.push_back(rule);
    expect_exact_rests(prompt(), settings);
}

TEST(MockPrefill, CountsTheBeginningAsInput) {
    const auto whole = ask(prompt());
    const auto rest = ask(begun(prompt(), whole.text.substr(0, 40)));
    EXPECT_EQ(rest.total.input_tokens, *whole.total.input_tokens + 10);
    EXPECT_LT(rest.total.output_tokens, whole.total.output_tokens);
    EXPECT_EQ(rest.total.total_tokens, *rest.total.input_tokens + *rest.total.output_tokens);
    EXPECT_EQ(rest.id, whole.id);
}

TEST(MockPrefill, CountsMaxTokensFromTheRest) {
    auto cut = prompt();
    cut.request.max_tokens = 5;
    const auto first = ask(cut);
    const auto next = ask(begun(cut, first.text));
    EXPECT_EQ(next.end, finish_reason::length);
    EXPECT_EQ(next.pieces, 5);
    auto longer = prompt();
    longer.request.max_tokens = 10;
    EXPECT_EQ(first.text + next.text, ask(longer).text);
}

TEST(MockPrefill, BreaksOffSoManyTokensIntoTheRest) {
    const auto whole = ask(prompt()).text;
    auto broken = begun(prompt(), whole.substr(0, 40));
    broken.mock["error"] = "truncate-after=4";
    const auto rest = ask(broken);
    EXPECT_EQ(rest.pieces, 4);
    EXPECT_EQ(rest.ending->outcome, outcome::upstream_eof);
    EXPECT_TRUE(whole.starts_with(whole.substr(0, 40) + rest.text));
}

TEST(MockPrefill, StopsAtAStopStringThatBeganInTheBeginning) {
    const auto whole = ask(prompt()).text;
    for (std::size_t at = 10; at < 18; ++at) {
        auto call = prompt();
        call.request.stop = {whole.substr(10, 8)};
        ASSERT_EQ(whole.find(call.request.stop[0]), 10U);
        const auto rest = ask(begun(call, whole.substr(0, at)));
        EXPECT_EQ(rest.text, "") << at;
        EXPECT_EQ(rest.end, finish_reason::stop) << at;
    }
    auto call = prompt();
    call.request.stop = {whole.substr(10, 8) + "#"};
    for (std::size_t at = 10; at < 22; ++at)
        EXPECT_EQ(ask(begun(call, whole.substr(0, at))).text, whole.substr(at)) << at;
}

TEST(MockPrefill, DoesNotThinkAgain) {
    auto call = prompt();
    call.mock["reasoning"] = "12";
    const auto whole = ask(call);
    ASSERT_FALSE(whole.thoughts.empty());
    const auto rest = ask(begun(call, whole.text.substr(0, 12)));
    EXPECT_EQ(rest.thoughts, "");
    EXPECT_EQ(rest.total.reasoning_tokens, 0);
    EXPECT_EQ(whole.text.substr(0, 12) + rest.text, whole.text);
}

TEST(MockPrefill, AnswersAsEverWhereItsAnswerDoesNotBeginSo) {
    auto ordinary = prompt();
    add(ordinary, role::assistant, "No such beginning");
    const auto seen = ask(begun(prompt(), "No such beginning"));
    EXPECT_EQ(seen.text, ask(ordinary).text);
    EXPECT_EQ(seen.total, ask(ordinary).total);
    const auto whole = ask(prompt()).text;
    EXPECT_FALSE(ask(begun(prompt(), whole + " and on")).text.empty());
}

TEST(MockPrefill, AnswersAsEverWhereItsAnswerWouldHaveStoppedBefore) {
    const auto whole = ask(prompt()).text;
    auto call = prompt();
    call.request.stop = {whole.substr(10, 8)};
    auto ordinary = call;
    add(ordinary, role::assistant, whole.substr(0, 40));
    EXPECT_FALSE(ask(ordinary).text.empty());
    EXPECT_EQ(ask(begun(call, whole.substr(0, 40))).text, ask(ordinary).text);
}

TEST(MockPrefill, ChangesNothingForAConversationThatIsNotPrefilled) {
    const auto whole = ask(prompt()).text;
    auto call = begun(prompt(), whole.substr(0, 40));
    call.request.prefilled = false;
    const auto seen = ask(call);
    EXPECT_NE(whole.substr(0, 40) + seen.text, whole);
    EXPECT_GE(seen.total.output_tokens, 48);
}

TEST(MockPrefill, AnswersAsEverWhereTheBeginningIsNoTextAlone) {
    const auto whole = ask(prompt()).text;
    auto call = begun(prompt(), whole.substr(0, 40));
    call.request.messages.back().tool_calls.emplace_back();
    EXPECT_NE(whole.substr(0, 40) + ask(call).text, whole);
    auto pictured = begun(prompt(), whole.substr(0, 40));
    pictured.request.messages.back().content.emplace_back(image_part{});
    EXPECT_NE(whole.substr(0, 40) + ask(pictured).text, whole);
    auto thoughtful = begun(prompt(), whole.substr(0, 40));
    auto& content = thoughtful.request.messages.back().content;
    content.insert(content.begin(), reasoning_part{"Hm."});
    EXPECT_EQ(whole.substr(0, 40) + ask(thoughtful).text, whole);
    auto several = begun(prompt(), whole.substr(0, 40));
    several.request.choices = 2;
    EXPECT_EQ(ask(several).ending->outcome, outcome::completed);
}

TEST(MockPrefill, CallsAToolWhereOneIsDemanded) {
    auto call = begun(prompt(), "Well");
    call.mock["tool-call"] = "weather";
    EXPECT_EQ(ask(call).end, finish_reason::tool_calls);
}

}  // namespace
}  // namespace sluice::upstream
