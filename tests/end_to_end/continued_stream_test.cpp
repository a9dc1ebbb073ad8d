#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <sstream>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const std::string whole = "The quick brown fox jumps over the lazy dog.";

/// The first part of it, and all that follows; the second begins with what the first ended with.
const std::vector<std::string> beginning{"The quick ", "brown fox "};
const std::vector<std::string> repeating_rest{"quick brown ", "fox jumps over", " the lazy dog."};

/// An answer that tells its usage.
upstream_script say_counted(std::vector<std::string> texts, int prompt_tokens, int tokens) {
    return [=, texts = std::move(texts)](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(role_frame());
        for (const auto& text : texts)
            exchange.chunk(text_frame(text));
        exchange.chunk(finish_frame() + usage_frame(prompt_tokens, tokens));
        exchange.chunk(done_frame);
        exchange.finish();
    };
}

routed_model continued(const fake_upstream& first, const fake_upstream& second) {
    return routed_model()
        .openai(first)
        .openai(second, "priority: 2")
        .policy("continue_midstream: true");
}

// ---- each dialect ----

struct dialect {
    std::string name;
    std::function<request()> ask;
    std::function<std::string(const std::string&)> text;  ///< of a body
    std::string terminal;                                 ///< stands once, at a proper end
    bool comments = true;
};

/// What stands behind `data: `, as JSON.
std::vector<json> payloads(const std::string& body) {
    std::vector<json> all;
    std::istringstream lines(body);
    for (std::string line; std::getline(lines, line);) {
        while (!line.empty() && line.back() == '\r')
            line.pop_back();
        if (line.rfind("data: {", 0) == 0) all.push_back(json::parse(line.substr(6)));
    }
    return all;
}

/// The strings at a place of each payload that has it, joined.
std::string joined(const std::vector<json>& all, const std::string& place) {
    std::string text;
    for (const auto& one : all) {
        const json::json_pointer at(place);
        if (one.contains(at) && one.at(at).is_string()) text += one.at(at).get<std::string>();
    }
    return text;
}

std::function<std::string(const std::string&)> text_at(const std::string& place) {
    return [place](const std::string& body) { return joined(payloads(body), place); };
}

/// `delta` of the payloads of this type.
std::function<std::string(const std::string&)> deltas_of(const std::string& type) {
    return [type](const std::string& body) {
        auto all = payloads(body);
        std::erase_if(all, [&](const json& one) { return one.value("type", "") != type; });
        return joined(all, "/delta");
    };
}

std::string ollama_text(const std::string& body) {
    std::vector<json> all;
    std::istringstream lines(body);
    for (std::string line; std::getline(lines, line);)
        all.push_back(json::parse(line));
    return joined(all, "/message/content");
}

const json ui_hello{
    {"id", "chat-1"},
    {"model", "up"},
    {"trigger", "submit-message"},
    {"messages",
     {{{"id", "1"}, {"role", "user"}, {"parts", {{{"type", "text"}, {"text", "Hi"}}}}}}}};
const json gemini_hello{{"contents", {{{"role", "user"}, {"parts", {{{"text", "Hi"}}}}}}}};

const std::vector<dialect>& dialects() {
    static const std::vector<dialect> all{
        {"native", [] { return ask_native(); }, text_at("/text"), "event: done"},
        {"chat", [] { return ask_chat(); }, text_at("/choices/0/delta/content"), "data: [DONE]"},
        {"anthropic",
         [] { return ask_anthropic(); },
         text_at("/delta/text"),
         "event: message_stop"},
        {"responses",
         [] {
             return post("/v1/responses", {{"model", "up"}, {"input", "Hi"}, {"stream", true}});
         },
         deltas_of("response.output_text.delta"),
         "event: response.completed"},
        {"gemini",
         [] { return post("/v1beta/models/up:streamGenerateContent?alt=sse", gemini_hello); },
         text_at("/candidates/0/content/parts/0/text"),
         "\"finishReason\":\"STOP\""},
        {"ollama",
         [] {
             return post("/api/chat", {{"model", "up"}, {"messages", one_turn()}});
         },
         ollama_text,
         "\"done\":true",
         false},
        {"ui",
         [] { return post("/v1/ui/chat", ui_hello); },
         deltas_of("text-delta"),
         "data: [DONE]"},
    };
    return all;
}

TEST(ContinuedStream, IsOneAnswerInEveryDialect) {
    for (const auto& dialect : dialects()) {
        SCOPED_TRACE(dialect.name);
        fake_upstream first(break_off_after(beginning));
        fake_upstream second(say_counted(repeating_rest, 20, 4));
        const gateway_process gateway(continued(first, second).yaml());
        const auto answer = gateway.ask(dialect.ask());
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(dialect.text(answer.body), whole) << answer.body;
        EXPECT_EQ(count_of(answer.body, dialect.terminal), 1U) << answer.body;
        EXPECT_EQ(count_of(answer.body, ": continued"), dialect.comments ? 1U : 0U) << answer.body;
        EXPECT_EQ(count_of(answer.body, "\"continued\":1"), 1U) << answer.body;
        EXPECT_EQ(second.calls(), 1U);
    }
}

TEST(ContinuedStream, BearsItsMarkWhereTheSecondAttemptBegins) {
    fake_upstream first(break_off_after(beginning));
    fake_upstream second(say_counted({"jumps ", "over"}, 20, 2));
    const gateway_process gateway(continued(first, second).yaml());
    const auto body = gateway.ask(ask_native()).body;
    const auto mark = body.find(": continued\n");
    EXPECT_LT(body.find("brown fox "), mark);
    EXPECT_GT(body.find("jumps "), mark);
    EXPECT_NE(mark, std::string::npos);
}

TEST(ContinuedStream, TellsTheUsageOfAllAttempts) {
    // Two tokens came of the first, which told nothing; the second read them, and 18 before.
    fake_upstream first(break_off_after(beginning));
    fake_upstream second(say_counted({"jumps over ", "the lazy dog."}, 20, 2));
    gateway_process gateway(continued(first, second).yaml());
    open_stream stream(gateway, ask_native());
    const auto done = stream.rest().back().json();
    EXPECT_EQ(done.at("usage").at("output_tokens"), 4) << done;
    EXPECT_EQ(done.at("usage").at("input_tokens"), 38) << done;
    const auto line = json::parse(gateway.wait_for_log({"\"outcome\":\"completed\""}));
    EXPECT_EQ(line.at("output_tokens"), 4);
    EXPECT_EQ(line.at("input_tokens"), 38);
    EXPECT_EQ(line.at("target"), "second/model-2");
    EXPECT_EQ(look_at_route(gateway).at("continuations"), 1);
}

TEST(ContinuedStream, AsksTheNextTargetToGoOnFromWhatWasSaid) {
    fake_upstream first(break_off_after(beginning));
    fake_upstream second(say_counted({"jumps over the lazy dog."}, 20, 1));
    const gateway_process gateway(
        continued(first, second).policy("continue_instruction: Go on please").yaml()
    );
    EXPECT_EQ(native_text(open_stream(gateway, ask_native()).rest()), whole);
    const auto messages = second.expect_request().json().at("messages");
    ASSERT_EQ(messages.size(), 3U) << messages;
    EXPECT_EQ(messages[0].at("content"), "Hi");
    EXPECT_EQ(messages[1].at("role"), "assistant");
    EXPECT_EQ(messages[1].at("content"), "The quick brown fox ");
    EXPECT_EQ(messages[2].at("role"), "user");
    EXPECT_EQ(messages[2].at("content"), "Go on please");
}

TEST(ContinuedStream, GivesATargetThatTakesItTheBeginningOfItsOwnAnswer) {
    fake_upstream first(break_off_after(beginning));
    fake_upstream second(say_as_anthropic({" jumps over ", "the lazy dog."}));
    const gateway_process gateway(routed_model()
                                      .upstream_name("claude-sonnet-4-5")
                                      .openai(first)
                                      .anthropic(second, "priority: 2")
                                      .policy("continue_midstream: true")
                                      .yaml());
    EXPECT_EQ(native_text(open_stream(gateway, ask_native()).rest()), whole);
    const auto messages = second.expect_request().json().at("messages");
    ASSERT_EQ(messages.size(), 2U) << messages;
    EXPECT_EQ(messages[1].at("role"), "assistant");
    EXPECT_NE(messages[1].dump().find("The quick brown fox\""), std::string::npos) << messages;
}

// ---- readers that come back, or came never ----

TEST(ContinuedStream, IsResumedOverTheSeamWithoutGapAndWithoutRepetition) {
    fake_upstream first(break_off_after(beginning));
    fake_upstream second(say_counted(repeating_rest, 20, 4));
    const gateway_process gateway(continued(first, second).yaml());
    open_stream stream(gateway, ask_native());
    const auto events = stream.rest();
    ASSERT_EQ(native_text(events), whole) << stream.body();
    for (std::size_t seen = 1; seen < events.size(); ++seen) {
        const auto& last = events[seen - 1];
        SCOPED_TRACE(last.data);
        open_stream again(gateway, get(stream.url()).header("Last-Event-ID", last.id));
        auto all = event_list(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(seen));
        for (auto& event : again.rest())
            all.push_back(std::move(event));
        EXPECT_EQ(native_text(all), whole);
        ASSERT_EQ(all.size(), events.size());
        for (std::size_t i = 0; i < all.size(); ++i)
            EXPECT_EQ(
                sequence_of(all[i], stream.id()), sequence_of(events.front(), stream.id()) + i
            );
    }
}

TEST(ContinuedStream, ReachesTheReaderThatLeftBeforeTheSeam) {
    gate fail;
    gate go_on;
    fake_upstream first([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.begin_stream();
        exchange.chunk(text_frame("The quick brown fox "));
        exchange.wait(fail);
        exchange.reset();
    });
    fake_upstream second([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.wait(go_on);
        exchange.begin_stream();
        exchange.chunk(role_frame() + text_frame("jumps over the lazy dog.") + finish_frame());
        exchange.chunk(done_frame);
        exchange.finish();
    });
    const gateway_process gateway(continued(first, second).yaml());
    open_stream before(gateway, ask_native());
    before.expect_next();
    const auto seen = before.expect_next();
    before.client().reset();
    fail.open();
    second.expect_request();
    open_stream after(gateway, get(before.url()).header("Last-Event-ID", seen.id));
    go_on.open();
    const auto rest = after.rest();
    EXPECT_EQ(seen.json().at("text").get<std::string>() + native_text(rest), whole);
    EXPECT_EQ(rest.back().json().at("continued"), 1);
}

TEST(ContinuedStream, MayBeADetachedOne) {
    fake_upstream first(break_off_after(beginning));
    fake_upstream second(say_counted(repeating_rest, 20, 4));
    const gateway_process gateway(continued(first, second).yaml());
    const auto begun =
        gateway.ask(post("/v1/streams?detach=true", {{"model", "up"}, {"prompt", "Hi"}}));
    ASSERT_EQ(begun.status, 202) << begun.body;
    open_stream reader(gateway, get(begun.json().at("url")));
    const auto events = reader.rest();
    EXPECT_EQ(native_text(events), whole);
    EXPECT_EQ(count_of(reader.body(), ": continued\n"), 1U);
    EXPECT_EQ(events.back().json().at("continued"), 1);
}

TEST(ContinuedStream, MayBeADocument) {
    struct way {
        request ask;
        std::string text;
    };
    for (const auto& [ask, place] :
         {way{ask_native(false), "/text"},
          way{ask_chat(false), "/choices/0/message/content"},
          way{ask_anthropic(false), "/content/0/text"}}) {
        SCOPED_TRACE(place);
        fake_upstream first(break_off_after(beginning));
        fake_upstream second(say_counted(repeating_rest, 20, 4));
        const gateway_process gateway(continued(first, second).yaml());
        const auto answer = gateway.ask(ask);
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(answer.json().value(json::json_pointer(place), ""), whole) << answer.body;
        EXPECT_EQ(answer.json().at("continued"), 1);
    }
}

TEST(ContinuedStream, EndsWithTheFirstFailureWhereNobodyGoesOn) {
    fake_upstream first(break_off_after(beginning));
    fake_upstream second(refuse(401));
    const gateway_process gateway(continued(first, second).policy("attempts: 1").yaml());
    for (const auto& dialect : dialects()) {
        SCOPED_TRACE(dialect.name);
        const auto answer = gateway.ask(dialect.ask());
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_EQ(dialect.text(answer.body), "The quick brown fox ") << answer.body;
        EXPECT_EQ(answer.body.find("[DONE]"), std::string::npos) << answer.body;
        EXPECT_EQ(answer.body.find("\"continued\""), std::string::npos) << answer.body;
        EXPECT_NE(answer.body.find("error"), std::string::npos) << answer.body;
        if (dialect.name == "native") {
            EXPECT_NE(answer.body.find("\"type\":\"upstream_eof\""), std::string::npos)
                << answer.body;
        }
    }
}

}  // namespace
}  // namespace sluice::end_to_end
