#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/dialect_requests.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string asked = "marked-prompt-7f3a";
const std::string answered = "marked-answer-91cc";

configuration_text marked_mock() {
    return configuration_text().mock("script: [{reply: " + answered + "}]").log("level: trace");
}

/// Asks and reads all of the answer.
std::string ask_whole(const gateway_process& gateway, const request& message) {
    raw_client client = gateway.connect();
    client.send(message);
    return client.read_response().body;
}

/// The access log's line of a request with that id.
json line_of(gateway_process& gateway, const std::string& id) {
    const auto text = gateway.wait_for_log({"\"" + id + "\""});
    return text.empty() ? json::object() : json::parse(text);
}

/// All of the log, once the last request stands in it.
std::string whole_log(gateway_process& gateway) {
    gateway.ask(get("/livez").header("X-Request-Id", "last"));
    EXPECT_FALSE(gateway.wait_for_log({"\"last\""}).empty());
    return gateway.log();
}

TEST(LogContent, IsTheQuestionAndTheAnswerOfEveryDialectWhereAnOperatorWantsIt) {
    gateway_process gateway(marked_mock().log("content: true").yaml());
    int count = 0;
    for (auto& [name, message] : in_every_dialect(asked, "mock")) {
        SCOPED_TRACE(name);
        const auto id = "request-" + std::to_string(++count);
        ask_whole(gateway, message.header("X-Request-Id", id));
        const auto line = line_of(gateway, id);
        const auto prompt = json::parse(line.value("prompt", "null"));
        ASSERT_TRUE(prompt.is_array()) << line;
        EXPECT_EQ(prompt.back().at("role"), "user");
        EXPECT_EQ(prompt.back().at("parts").at(0).at("content"), asked);
        EXPECT_EQ(line.value("answer", ""), answered);
        EXPECT_FALSE(line.contains("prompt_cut") || line.contains("answer_cut"));
    }
}

TEST(LogContent, OfTextsForVectorsIsWhatWasSent) {
    gateway_process gateway(marked_mock().log("content: true").yaml());
    const json body{{"model", "mock"}, {"input", {asked}}};
    gateway.ask(post("/v1/embeddings", body).header("X-Request-Id", "one"));
    EXPECT_THAT(line_of(gateway, "one").value("prompt", ""), HasSubstr(asked));
}

TEST(LogContent, OfADetachedRequestIsThePromptAlone) {
    gateway_process gateway(marked_mock().log("content: true").yaml());
    gateway.ask(post("/v1/streams?detach=true", {{"prompt", asked}}).header("X-Request-Id", "one"));
    const auto line = line_of(gateway, "one");
    EXPECT_THAT(line.value("prompt", ""), HasSubstr(asked));
    EXPECT_EQ(line.at("answer"), "");
}

TEST(LogContent, OfARelayedAnswerIsItsWordsAndNotItsFrames) {
    fake_upstream upstream(say({"It says: ", answered}));
    gateway_process gateway(
        configuration_text().upstream(upstream.base_url()).log("content: true").yaml()
    );
    const json turns = json::array({{{"role", "user"}, {"content", asked}}});
    const json body{{"model", "up"}, {"stream", true}, {"messages", turns}};
    const auto frames =
        ask_whole(gateway, post("/v1/chat/completions", body).header("X-Request-Id", "one"));
    EXPECT_THAT(frames, HasSubstr("data: {"));
    const auto line = line_of(gateway, "one");
    EXPECT_THAT(line.value("prompt", ""), HasSubstr(asked));
    EXPECT_EQ(line.value("answer", ""), "It says: " + answered);
    EXPECT_FALSE(line.contains("answer_cut"));
}

TEST(LogContent, OfARelayedDocumentIsItsWords) {
    fake_upstream upstream(say({answered}));
    gateway_process gateway(
        configuration_text().upstream(upstream.base_url()).log("content: true").yaml()
    );
    const json turns = json::array({{{"role", "user"}, {"content", asked}}});
    const json body{{"model", "up"}, {"messages", turns}};
    ask_whole(gateway, post("/v1/chat/completions", body).header("X-Request-Id", "one"));
    EXPECT_EQ(line_of(gateway, "one").value("answer", ""), answered);
}

TEST(LogContent, OfAnAnswerWithoutWordsIsItsCalls) {
    fake_upstream upstream([](upstream_exchange& exchange) {
        const json function{{"name", "look"}, {"arguments", "{\"at\":1}"}};
        const json call{{"index", 0}, {"id", "c1"}, {"function", function}};
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(chat_frame({{"tool_calls", json::array({call})}}));
        exchange.chunk(finish_frame("tool_calls"));
        exchange.chunk(done_frame);
        exchange.finish();
    });
    gateway_process gateway(
        configuration_text().upstream(upstream.base_url()).log("content: true").yaml()
    );
    const json turns = json::array({{{"role", "user"}, {"content", asked}}});
    const json body{{"model", "up"}, {"stream", true}, {"messages", turns}};
    ask_whole(gateway, post("/v1/chat/completions", body).header("X-Request-Id", "one"));
    EXPECT_EQ(line_of(gateway, "one").value("answer", ""), "look({\"at\":1})");
}

TEST(LogContent, DecidesNothingAboutARequestThatIsPassedOnAsItCame) {
    fake_upstream upstream(say({answered}));
    gateway_process gateway(
        configuration_text().upstream(upstream.base_url()).log("content: true").yaml()
    );
    const json turns = json::array({{{"role", "a role of its own"}, {"content", asked}}});
    const json body{{"model", "up"}, {"stream", true}, {"temperature", "hot"}, {"messages", turns}};
    EXPECT_THAT(ask_whole(gateway, post("/v1/chat/completions", body)), HasSubstr(answered));
    EXPECT_EQ(upstream.calls(), 1U);
}

TEST(LogContent, OfWhoJoinsAStreamIsNotToldTwice) {
    gateway_process gateway(marked_mock().log("content: true").yaml());
    open_stream first(gateway, post("/v1/streams", {{"prompt", asked}}));
    first.rest();
    open_stream second(gateway, get(first.url()).header("X-Request-Id", "two"));
    second.rest();
    EXPECT_FALSE(line_of(gateway, "two").contains("answer"));
}

TEST(LogContent, IsBoundedAndSaysWhereItWasCut) {
    gateway_process gateway(marked_mock().log("content: true").yaml());
    const json turns = json::array(
        {{{"role", "user"}, {"content", std::string(100'000, 'a')}},
         {{"role", "user"}, {"content", asked}}}
    );
    const json body{{"model", "mock"}, {"messages", turns}, {"stream", false}};
    ask_whole(gateway, post("/v1/streams", body).header("X-Request-Id", "one"));
    const auto line = line_of(gateway, "one");
    EXPECT_EQ(line.at("prompt_cut"), true);
    EXPECT_EQ(json::parse(line.value("prompt", "null")).size(), 1U);
    EXPECT_LT(line.dump().size(), 2000U);
}

TEST(LogContent, ForgesNoLine) {
    gateway_process gateway(marked_mock().log("content: true").yaml());
    const std::string forged = "a\r\n{\"forged\":true}\x1b[31m\xe2\x80\xa8\",\"forged\":1";
    ask_whole(gateway, post("/v1/streams", {{"prompt", forged}, {"stream", false}}));
    std::istringstream lines(whole_log(gateway));
    for (std::string line; std::getline(lines, line);) {
        const auto value = json::parse(line, nullptr, false);
        ASSERT_TRUE(value.is_object()) << line;
        EXPECT_FALSE(value.contains("forged"));
        EXPECT_EQ(line.find('\x1b'), std::string::npos);
    }
}

TEST(LogContent, StandsInNoLineWithoutTheOperatorsWish) {
    gateway_process gateway(marked_mock().yaml());
    const std::vector<std::string> faults{
        "", "400", "429", "500", "reset-after=1", "truncate-after=1", "cut-after=1"};
    for (const auto& fault : faults) {
        for (auto& [name, message] : in_every_dialect(asked, "mock")) {
            if (!fault.empty()) message.header("X-Mock-Error", fault);
            raw_client client = gateway.connect();
            client.send(message.header("Connection", "close"));
            client.read_to_end();
        }
    }
    EXPECT_THAT(whole_log(gateway), AllOf(Not(HasSubstr(asked)), Not(HasSubstr(answered))));
}

TEST(LogContent, StandsInNoLineForTracesAlone) {
    const auto* to_nobody =
        "telemetry: {traces: {endpoint: \"http://127.0.0.1:9\", content: true}}";
    gateway_process gateway(marked_mock().top(to_nobody).yaml());
    for (auto& [name, message] : in_every_dialect(asked, "mock"))
        ask_whole(gateway, message);
    EXPECT_THAT(whole_log(gateway), AllOf(Not(HasSubstr(asked)), Not(HasSubstr(answered))));
}

TEST(LogContent, OfARequestThatMakesNoSenseStandsInNoLine) {
    gateway_process gateway(marked_mock().yaml());
    const std::vector<std::string> targets{
        "/v1/streams",
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/responses",
        "/v1/embeddings",
        "/v1/messages",
        "/v1/messages/count_tokens",
        "/v1beta/models/mock:generateContent",
        "/api/chat",
        "/api/generate",
        "/v1/ui/chat"};
    const auto quoted = "\"" + asked + "\"";
    const std::vector<std::string> bodies{
        asked,
        quoted,
        "{" + asked,
        "{\"prompt\":" + asked + "}",
        "{" + quoted + ":1," + quoted + ":2}",
        "{\"prompt\":\"" + asked + "\xff\"}",
        "{\"messages\":" + quoted + "}",
        "{\"model\":\"mock\",\"max_tokens\":" + quoted + "}",
        "{\"model\":\"mock\",\"messages\":[{\"role\":" + quoted + "}]}",
        "{\"model\":\"mock\"," + quoted + ":1}"};
    for (const auto& target : targets) {
        for (const auto& body : bodies)
            EXPECT_GE(gateway.ask(post_text(target, body)).status, 400) << target << ' ' << body;
    }
    EXPECT_THAT(whole_log(gateway), Not(HasSubstr(asked)));
}

/// Every way in which a provider may repeat what it was told.
void echo(upstream_exchange& exchange) {
    const auto sent = exchange.read_request();
    const auto has = [&](const char* word) { return sent.body.find(word) != std::string::npos; };
    const json error{{"error", {{"message", sent.body}, {"type", sent.body}, {"code", sent.body}}}};
    if (has("refuse-json")) return exchange.answer(400, error.dump());
    if (has("refuse-text")) return exchange.answer(500, sent.body);
    if (has("redirect")) return exchange.answer(302, sent.body, {{"Location", "/" + asked}});
    exchange.begin_stream();
    exchange.chunk(text_frame(answered));
    if (has("break-json")) exchange.chunk(data_frame(error));
    if (has("break-text")) exchange.chunk("data: " + sent.body.substr(0, 40) + "\n\n");
    exchange.finish();
}

TEST(LogContent, ThatAProviderRepeatsInItsErrorsStandsInNoLine) {
    fake_upstream upstream(echo);
    gateway_process gateway(
        configuration_text().upstream(upstream.base_url()).log("level: trace").yaml()
    );
    const std::vector<std::string> ways{
        "refuse-json", "refuse-text", "redirect", "break-json", "break-text", "break-off"};
    for (const auto& way : ways) {
        for (auto& [name, message] : in_every_dialect(asked + way, "up"))
            ask_whole(gateway, message);
    }
    EXPECT_GE(upstream.calls(), ways.size());
    EXPECT_THAT(whole_log(gateway), AllOf(Not(HasSubstr(asked)), Not(HasSubstr(answered))));
}

}  // namespace
}  // namespace sluice::end_to_end
