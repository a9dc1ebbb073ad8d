// The provider and the judges check themselves, without a gateway: a client that talks to the
// provider directly gets the text of correct answers, and takes no broken one for correct.

#include "tests/end_to_end/support/raw_client.hpp"
#include "tests/faults/faults.hpp"
#include "tests/faults/judges.hpp"
#include "tests/faults/known_answer.hpp"

#include <gtest/gtest.h>

namespace sluice::faults {
namespace {

using end_to_end::http_response;
using end_to_end::raw_client;
using nlohmann::json;

constexpr milliseconds patience{5000};

const json hello = json::array({{{"role", "user"}, {"content", "Hello"}}});

end_to_end::request question(client kind, bool streamed, const std::string& model, json messages) {
    json body{
        {"model", model},
        {"stream", streamed},
        {"messages", std::move(messages)},
        {"max_tokens", 99}};
    const bool openai = kind == client::openai;
    auto message = end_to_end::post(openai ? "/v1/chat/completions" : "/v1/messages", body);
    message.header("Authorization", "Bearer the-key");
    return message;
}

/// Nothing: the answer broke off, or none came.
std::optional<http_response> ask(
    const faulty_provider& provider,
    client kind,
    bool streamed,
    const std::string& model,
    const json& messages = hello
) {
    try {
        raw_client connection(provider.port());
        connection.send(question(kind, streamed, model, messages));
        return connection.read_response(false, patience);
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

/// Correct answers that the simple client of these tests can't read.
bool is_too_hard(const fault& what) {
    return what.id == "lines-of-lf" || what.id == "last-blank-line-lacks" ||
           what.id == "more-after-terminal" || what.id == "terminal-twice";
}

TEST(FaultyProvider, SaysTheKnownAnswerInBothProtocolsAndForms) {
    const faulty_provider provider;
    for (const auto kind : {client::openai, client::anthropic}) {
        for (const bool streamed : {true, false}) {
            const auto answer = ask(provider, kind, streamed, "none/x");
            ASSERT_TRUE(answer);
            const auto found = judge(*answer, {kind, streamed});
            EXPECT_EQ(found.is, finding::kind::text) << found.complaint;
        }
    }
}

TEST(FaultyProvider, WritesCorrectAnswersThatOnlyLookUnusual) {
    const faulty_provider provider;
    for (const auto& what : all_faults()) {
        for (const bool streamed : {true, false}) {
            const auto seen = streamed ? what.streamed : what.document;
            if (!what.act || seen != effect::benign || is_too_hard(what)) continue;
            for (const auto kind : {client::openai, client::anthropic}) {
                SCOPED_TRACE(what.id + (streamed ? " streamed to " : " as a document to "));
                SCOPED_TRACE(to_string(kind));
                const auto answer = ask(provider, kind, streamed, what.id);
                ASSERT_TRUE(answer);
                const auto found = judge(*answer, {kind, streamed});
                EXPECT_EQ(found.is, finding::kind::text) << found.complaint << '\n' << answer->body;
            }
        }
    }
}

TEST(FaultyProvider, BreaksAnswersSoThatNobodyTakesThemForWhole) {
    const faulty_provider provider;
    for (const auto& what : all_faults()) {
        const bool breaks = what.streamed == effect::before || what.streamed == effect::after;
        // Silence only costs time here.
        const bool quiet = what.document == effect::silence;
        if (!what.act || !breaks || quiet || what.id == "endless-head") continue;
        for (const auto kind : {client::openai, client::anthropic}) {
            SCOPED_TRACE(what.id);
            SCOPED_TRACE(to_string(kind));
            const auto answer = ask(provider, kind, true, what.id);
            if (!answer) continue;
            EXPECT_NE(judge(*answer, {kind, true}).is, finding::kind::text) << answer->body;
        }
    }
}

TEST(FaultyProvider, GoesOnWhereTheAssistantsBeginningEnds) {
    const faulty_provider provider;
    auto messages = hello;
    const auto begun = known_tokens()[0] + known_tokens()[1];
    messages.push_back({{"role", "assistant"}, {"content", begun}});
    const auto answer = ask(provider, client::openai, false, "none", messages);
    ASSERT_TRUE(answer);
    const auto text = answer->json()["choices"][0]["message"]["content"].get<std::string>();
    EXPECT_EQ(begun + text, known_answer());
}

TEST(FaultyProvider, GoesOnWhenItIsToldTo) {
    const faulty_provider provider;
    auto messages = hello;
    const json part{{"type", "text"}, {"text", known_tokens()[0]}};
    messages.push_back({{"role", "assistant"}, {"content", json::array({part})}});
    messages.push_back({{"role", "user"}, {"content", "Go on."}});
    const auto answer = ask(provider, client::anthropic, false, "none", messages);
    ASSERT_TRUE(answer);
    const auto text = answer->json()["content"][0]["text"].get<std::string>();
    EXPECT_EQ(known_tokens()[0] + text, known_answer());
}

TEST(FaultyProvider, RepeatsItsLastWordsOnlyWhereItIsToldToGoOn) {
    const faulty_provider provider;
    auto messages = hello;
    std::string begun;
    for (std::size_t i = 0; i < 5; ++i)
        begun += known_tokens()[i];
    messages.push_back({{"role", "assistant"}, {"content", begun}});
    const auto text = [&] {
        const auto answer = ask(provider, client::openai, false, "repeats", messages);
        return answer->json()["choices"][0]["message"]["content"].get<std::string>();
    };
    EXPECT_EQ(begun + text(), known_answer());
    messages.push_back({{"role", "user"}, {"content", "Go on."}});
    EXPECT_EQ(known_tokens()[0] + text(), known_answer());
}

TEST(FaultyProvider, GoesOnWithNothingThatItNeverSaid) {
    const faulty_provider provider;
    auto messages = hello;
    messages.push_back({{"role", "assistant"}, {"content", "Gr\u00fc\u00df"}});
    const auto answer = ask(provider, client::openai, true, "none", messages);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 404);
}

TEST(FaultyProvider, RecordsWhatItWasAsked) {
    const faulty_provider provider;
    ask(provider, client::openai, true, "none/a");
    ask(provider, client::openai, true, "none/a");
    const auto seen = provider.seen();
    EXPECT_EQ(seen.questions, 2U);
    EXPECT_EQ(seen.by_model.at("none/a"), 2U);
    EXPECT_EQ(seen.headers.at("Authorization").count("Bearer the-key"), 1U);
    EXPECT_TRUE(end_to_end::eventually([&] { return provider.seen().closed == 2; }));
}

TEST(FaultyProvider, RefusesConnectionsWhileItIsShut) {
    faulty_provider provider;
    provider.shut();
    EXPECT_THROW(raw_client{provider.port()}, end_to_end::harness_error);
    provider.open();
    EXPECT_TRUE(ask(provider, client::openai, true, "none"));
}

TEST(FaultyProvider, ResetsLiveConnectionsWhenItIsShut) {
    faulty_provider provider;
    raw_client connection(provider.port());
    connection.send(question(client::openai, true, "stall-at-content", hello));
    EXPECT_EQ(connection.read_head().status, 200);
    provider.shut();
    EXPECT_THROW(
        while (connection.read_body_part(patience)) {
        } if (!connection.body_is_whole()) throw end_to_end::harness_error("broke off"),
        end_to_end::harness_error
    );
}

TEST(Judge, TakesAnErrorInAStreamOnlyBehindAPrefix) {
    const auto stream = [](const std::string& text) {
        http_response answer{200, "HTTP/1.1", {{"Content-Type", "text/event-stream"}}, ""};
        answer.body = bytes_of(content_frame(protocol::openai, text)) +
                      bytes_of(error_frame(protocol::openai, "api_error", "it broke"));
        return judge(answer, {client::openai, true});
    };
    EXPECT_EQ(stream(known_tokens()[0]).is, finding::kind::error);
    EXPECT_EQ(stream(known_tokens()[1]).is, finding::kind::wrong);
    EXPECT_EQ(stream(known_answer() + "!").is, finding::kind::wrong);
}

TEST(Judge, CallsADoubledOrMissingCharacterWrong) {
    for (const std::size_t at : {0U, 40U, 200U}) {
        auto doubled = known_answer();
        doubled.insert(at, 1, doubled[at]);
        auto missing = known_answer();
        missing.erase(at, 1);
        for (const auto& text : {doubled, missing}) {
            const json document{{"text", text}, {"finish_reason", "stop"}};
            const http_response answer{
                200,
                "HTTP/1.1",
                {{"Content-Type", "application/json"}},
                document.dump(-1, ' ', false, json::error_handler_t::replace)};
            EXPECT_EQ(judge(answer, {client::native, false}).is, finding::kind::wrong);
        }
    }
}

TEST(Judge, CallsAnythingBehindTheEndWrong) {
    http_response answer{200, "HTTP/1.1", {{"Content-Type", "text/event-stream"}}, ""};
    const auto said = make_stream(protocol::openai, {});
    answer.body = bytes_of(said.opening) + bytes_of(said.content) + bytes_of(said.closing) +
                  bytes_of(said.terminal);
    EXPECT_EQ(judge(answer, {client::openai, true}).is, finding::kind::text);
    answer.body += bytes_of(said.terminal);
    EXPECT_EQ(judge(answer, {client::openai, true}).is, finding::kind::wrong);
}

}  // namespace
}  // namespace sluice::faults
