#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/tls_client.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

/// What an answer suffers on its way to the client because the mock asks for it.
namespace sluice::end_to_end {
namespace {

using nlohmann::json;

constexpr std::size_t tokens = 12;
const json messages = json::array({{{"role", "user"}, {"content", "Hello"}}});

/// An endpoint, and where its clients find the text of one event.
struct endpoint {
    std::string path;
    json body;
    json::json_pointer text;
    bool lines = false;  ///< of JSON, instead of events
};

const std::vector<endpoint>& endpoints() {
    static const std::vector<endpoint> all{
        {"/v1/streams", {{"prompt", "Hello"}}, json::json_pointer("/text")},
        {"/v1/chat/completions",
         {{"model", "mock"}, {"stream", true}, {"messages", messages}},
         json::json_pointer("/choices/0/delta/content")},
        {"/v1/messages",
         {{"model", "mock"}, {"stream", true}, {"max_tokens", 1000}, {"messages", messages}},
         json::json_pointer("/delta/text")},
        {"/api/chat",
         {{"model", "mock"}, {"messages", messages}},
         json::json_pointer("/message/content"),
         true},
    };
    return all;
}

const endpoint& native = endpoints()[0];
const endpoint& chat = endpoints()[1];
const endpoint& ollama = endpoints()[3];

request ask(const endpoint& at, const std::string& fault) {
    return post(at.path, at.body)
        .header("X-Mock-Tokens", std::to_string(tokens))
        .header("X-Mock-Error", fault);
}

/// What a client was sent, up to where it ended or broke off.
struct answer {
    int status = 0;
    std::string stream_id;
    std::string body;
    bool whole = false;
};

answer read_all(raw_client& client) {
    const auto head = client.read_head();
    answer got{head.status, head.header("X-Stream-Id"), {}, false};
    while (const auto part = client.read_body_part())
        got.body += *part;
    got.whole = client.body_is_whole();
    return got;
}

answer answer_to(const gateway_process& gateway, const endpoint& at, const std::string& fault) {
    auto client = gateway.connect();
    client.send(ask(at, fault));
    return read_all(client);
}

std::vector<std::string> lines_of(const std::string& body) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < body.size();) {
        const auto end = std::min(body.find('\n', at), body.size());
        lines.push_back(body.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

std::vector<std::string> data_of(const std::string& body) {
    std::vector<std::string> all;
    sse::parser parser;
    parser.feed(body);
    while (const auto frame = parser.next())
        if (frame->dispatched && frame->data != "[DONE]") all.emplace_back(frame->data);
    return all;
}

/// The texts of the answer's events. One that is no JSON says "no JSON".
std::vector<std::string> texts_of(const endpoint& at, const std::string& body) {
    std::vector<std::string> texts;
    for (const auto& data : at.lines ? lines_of(body) : data_of(body)) {
        const auto event = json::parse(data, nullptr, false);
        if (event.is_discarded()) {
            texts.emplace_back("no JSON");
        } else if (event.contains(at.text) && event[at.text].is_string()) {
            auto text = event[at.text].get<std::string>();
            if (!text.empty()) texts.push_back(std::move(text));
        }
    }
    return texts;
}

/// The ids of native events, as numbers; those of one stream.
std::vector<std::uint64_t> numbers_of(const answer& got) {
    std::vector<std::uint64_t> numbers;
    sse::parser parser;
    parser.feed(got.body);
    while (const auto frame = parser.next()) {
        if (!frame->dispatched) continue;
        received_event event;
        event.id = frame->last_event_id;
        numbers.push_back(sequence_of(event, got.stream_id));
    }
    return numbers;
}

using change = std::function<void(std::vector<std::string>&)>;

/// The answer is whole, and its texts are those of one without a fault, changed so.
void expect_changed(const std::string& fault, const change& changed) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto& at : endpoints()) {
        SCOPED_TRACE(at.path);
        auto expected = texts_of(at, answer_to(gateway, at, "").body);
        ASSERT_EQ(expected.size(), tokens);
        changed(expected);
        const auto got = answer_to(gateway, at, fault);
        EXPECT_EQ(got.status, 200);
        EXPECT_TRUE(got.whole);
        EXPECT_EQ(texts_of(at, got.body), expected);
        if (&at != &native) continue;
        const auto numbers = numbers_of(got);
        for (std::size_t i = 0; i < numbers.size(); ++i)
            EXPECT_EQ(numbers[i], i);
    }
}

TEST(WireFault, LosesAnEvent) {
    expect_changed("lose=3", [](auto& texts) { texts.erase(texts.begin() + 2); });
}

TEST(WireFault, RepeatsAnEvent) {
    expect_changed("repeat=3", [](auto& texts) { texts.insert(texts.begin() + 2, texts[2]); });
}

TEST(WireFault, SwapsAnEventWithTheNext) {
    expect_changed("swap=3", [](auto& texts) { std::swap(texts[2], texts[3]); });
}

TEST(WireFault, BreaksTheJsonOfAnEvent) {
    expect_changed("malformed=3", [](auto& texts) { texts[2] = "no JSON"; });
}

TEST(WireFault, AltersOneCharacterOfAnEvent) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto& at : endpoints()) {
        SCOPED_TRACE(at.path);
        const auto expected = texts_of(at, answer_to(gateway, at, "").body);
        auto got = texts_of(at, answer_to(gateway, at, "alter=3").body);
        ASSERT_EQ(got.size(), expected.size());
        EXPECT_EQ(got[2].size(), expected[2].size());
        EXPECT_NE(got[2], expected[2]);
        got[2] = expected[2];
        EXPECT_EQ(got, expected);
    }
}

TEST(WireFault, AHugeEventCarriesTheSameAnswer) {
    constexpr std::size_t size = 300'000;
    const gateway_process gateway(
        configuration_text().streams("backlog: 16KiB").streams("journal: 64KiB").yaml()
    );
    for (const auto& at : endpoints()) {
        SCOPED_TRACE(at.path);
        const auto plain = answer_to(gateway, at, "");
        const auto got = answer_to(gateway, at, "huge=3:" + std::to_string(size));
        EXPECT_TRUE(got.whole);
        EXPECT_GE(got.body.size(), size);
        EXPECT_EQ(texts_of(at, got.body), texts_of(at, plain.body));
    }
}

TEST(WireFault, AnUnendedAnswerEndsAsIfAllWereWell) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto& at : endpoints()) {
        SCOPED_TRACE(at.path);
        const auto got = answer_to(gateway, at, "unended");
        EXPECT_TRUE(got.whole);
        EXPECT_EQ(texts_of(at, got.body).size(), tokens);
        for (const auto* end : {"[DONE]", "event: done", "message_stop", "\"done\":true"})
            EXPECT_EQ(got.body.find(end), std::string::npos) << end;
    }
}

TEST(WireFault, AnEarlyEndLooksLikeAWholeAnswer) {
    const gateway_process gateway(configuration_text().yaml());
    const std::vector<std::string> ends{
        "\"finish_reason\":\"stop\"", "data: [DONE]", "message_stop", "\"done\":true"};
    for (std::size_t i = 0; i < endpoints().size(); ++i) {
        const auto& at = endpoints()[i];
        SCOPED_TRACE(at.path);
        auto expected = texts_of(at, answer_to(gateway, at, "").body);
        expected.resize(4);
        const auto got = answer_to(gateway, at, "early-end=4");
        EXPECT_TRUE(got.whole);
        EXPECT_EQ(texts_of(at, got.body), expected);
        EXPECT_NE(got.body.find(ends[i]), std::string::npos) << got.body;
        EXPECT_EQ(got.body.find("\"error\""), std::string::npos);
    }
    const auto chat_body = answer_to(gateway, chat, "early-end=4").body;
    EXPECT_NE(chat_body.find("\"finish_reason\":\"stop\""), std::string::npos);
}

TEST(WireFault, AnEarlyEndsUsageAddsUp) {
    const gateway_process gateway(configuration_text().yaml());
    auto asked = chat;
    asked.body["stream_options"] = {{"include_usage", true}};
    const auto usage_of = [&](const std::string& fault) {
        const auto events = data_of(answer_to(gateway, asked, fault).body);
        return events.empty() ? json() : json::parse(events.back()).value("usage", json());
    };
    const auto whole = usage_of("");
    const auto early = usage_of("early-end=4");
    EXPECT_GT(early.at("prompt_tokens"), 0);
    EXPECT_EQ(early.at("prompt_tokens"), whole.at("prompt_tokens"));
    EXPECT_GT(early.at("completion_tokens"), 0);
    EXPECT_EQ(
        early.at("total_tokens"),
        early.at("prompt_tokens").get<int>() + early.at("completion_tokens").get<int>()
    );
}

TEST(WireFault, AskedForByNameNeedsAStream) {
    const gateway_process gateway(configuration_text().yaml());
    const json body{{"model", "mock"}, {"messages", messages}};
    const endpoint document{chat.path, body, chat.text};
    const endpoint embedding{"/v1/embeddings", {{"model", "mock"}, {"input", "Hi"}}, chat.text};
    json counted = body;
    counted["messages"][0]["content"] = "[mock error=lose=1] Hello";
    const endpoint count{"/v1/messages/count_tokens", body, chat.text};
    const auto expect_refused = [&](const request& asked) {
        const auto answer = gateway.ask(asked);
        EXPECT_EQ(answer.status, 400);
        EXPECT_NE(answer.body.find("X-Mock-Error"), std::string::npos) << answer.body;
        EXPECT_NE(answer.body.find("of a stream"), std::string::npos) << answer.body;
    };
    for (const auto* fault : {"lose=1", "malformed=1", "unended", "early-end=1", "cut-at-byte=9"}) {
        SCOPED_TRACE(fault);
        expect_refused(ask(document, fault));
        expect_refused(ask(embedding, fault));
        expect_refused(ask(count, fault));
        expect_refused(post(chat.path + "?mock_error=" + fault, body));
    }
    expect_refused(post(chat.path, counted));
}

TEST(WireFault, ByChanceSparesDocuments) {
    const gateway_process gateway(
        configuration_text().mock("faults: [{chance: 1, error: lose=1}]").yaml()
    );
    const json body{{"model", "mock"}, {"messages", messages}};
    const auto answer = gateway.ask(post(chat.path, body).header("X-Mock-Tokens", "12"));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json().at("usage").at("completion_tokens"), tokens);
}

TEST(WireFault, CutsBehindAnEvent) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto& at : endpoints()) {
        SCOPED_TRACE(at.path);
        auto expected = texts_of(at, answer_to(gateway, at, "").body);
        expected.resize(5);
        const auto got = answer_to(gateway, at, "cut-after=5");
        EXPECT_FALSE(got.whole);
        EXPECT_EQ(texts_of(at, got.body), expected);
    }
}

TEST(WireFault, CutsAtAByteOfTheBody) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto* at : {&native, &chat, &ollama}) {
        for (const std::size_t bytes : {0U, 1U, 300U, 777U}) {
            SCOPED_TRACE(at->path + " " + std::to_string(bytes));
            const auto got = answer_to(gateway, *at, "cut-at-byte=" + std::to_string(bytes));
            EXPECT_FALSE(got.whole);
            EXPECT_EQ(got.body.size(), bytes);
        }
    }
}

/// Text in many scripts, so that there are characters of several bytes.
TEST(WireFault, CutsWithinACharacter) {
    const gateway_process gateway(configuration_text().yaml());
    for (const auto* at : {&native, &chat, &ollama}) {
        SCOPED_TRACE(at->path);
        auto client = gateway.connect();
        client.send(ask(*at, "cut-character=2").header("X-Mock-Content", "scripts"));
        const auto got = read_all(client);
        ASSERT_EQ(got.status, 200);
        EXPECT_FALSE(got.whole);
        ASSERT_FALSE(got.body.empty());
        EXPECT_GE(static_cast<unsigned char>(got.body.back()), 0xC0U);
    }
}

TEST(WireFault, StrikesAStreamThatBeganBeforeItsFirstToken) {
    const gateway_process gateway(configuration_text().server("commit_after: 10ms").yaml());
    const auto body_of = [&](const std::string& fault) {
        auto client = gateway.connect();
        client.send(ask(native, fault).header("X-Mock-Ttft-Ms", "200"));
        return read_all(client).body;
    };
    EXPECT_EQ(body_of("cut-at-byte=7").size(), 7U);
    EXPECT_EQ(body_of("cut-at-byte=400").size(), 400U);
    EXPECT_EQ(texts_of(native, body_of("lose=1")).size(), tokens - 1);
}

TEST(WireFault, AClientThatComesBackGetsTheRestWithoutAFault) {
    const gateway_process gateway(configuration_text().yaml());
    const auto whole = texts_of(native, answer_to(gateway, native, "").body);
    for (const auto* fault :
         {"cut-at-byte=0", "cut-at-byte=1", "cut-after=5", "cut-at-byte=400", "trickle=2000"}) {
        SCOPED_TRACE(fault);
        const auto first = answer_to(gateway, native, fault);
        auto client = gateway.connect();
        client.send(get("/v1/streams/" + first.stream_id));
        const auto again = read_all(client);
        EXPECT_TRUE(again.whole);
        EXPECT_EQ(texts_of(native, again.body), whole);
    }
}

/// The answer is far from its end when the connection goes.
TEST(WireFault, AClientThatGotTheHeadAloneComesBackToAStreamThatGoesOn) {
    const gateway_process gateway(configuration_text().yaml());
    const auto whole = texts_of(native, answer_to(gateway, native, "").body);
    auto client = gateway.connect();
    client.send(ask(native, "cut-at-byte=0").header("X-Mock-Rate", "20"));
    const auto first = read_all(client);
    EXPECT_EQ(first.body, "");
    auto returning = gateway.connect();
    returning.send(get("/v1/streams/" + first.stream_id));
    const auto again = read_all(returning);
    EXPECT_TRUE(again.whole);
    EXPECT_EQ(texts_of(native, again.body), whole);
}

TEST(WireFault, ATricklingAnswerTakesItsTimeAndIsWhole) {
    const gateway_process gateway(configuration_text().yaml());
    constexpr std::size_t rate = 4000;
    for (const auto* at : {&native, &chat, &ollama}) {
        SCOPED_TRACE(at->path);
        const auto plain = answer_to(gateway, *at, "");
        const auto begun = steady::now();
        const auto got = answer_to(gateway, *at, "trickle=" + std::to_string(rate));
        const std::chrono::duration<double> took = steady::now() - begun;
        EXPECT_TRUE(got.whole);
        EXPECT_EQ(texts_of(*at, got.body), texts_of(*at, plain.body));
        // The last piece goes out without a wait behind it.
        constexpr double pieces = 20;
        const auto due = static_cast<double>(got.body.size()) / rate - 1 / pieces;
        EXPECT_GE(took.count(), due);
    }
}

TEST(WireFault, WorksOverHttp10) {
    const gateway_process gateway(
        configuration_text().top("telemetry: {server_timing: false}").yaml()
    );
    const auto answer_of = [&](const std::string& fault) {
        auto bytes = ask(native, fault).bytes();
        bytes.replace(bytes.find("HTTP/1.1"), 8, "HTTP/1.0");
        auto client = gateway.connect();
        client.send(bytes);
        return read_all(client);
    };
    const auto whole = answer_of("");
    EXPECT_EQ(texts_of(native, whole.body).size(), tokens);
    EXPECT_EQ(answer_of("cut-at-byte=321").body.size(), 321U);
    EXPECT_EQ(texts_of(native, answer_of("cut-after=3").body).size(), 3U);
    EXPECT_EQ(answer_of("trickle=20000").body.size(), whole.body.size());
}

TEST(WireFault, WorksOverTls) {
    const auto identity = make_tls_identity();
    const temporary_folder folder;
    const auto certificate = folder.write("certificate.pem", identity.certificate);
    const auto key = folder.write("key.pem", identity.private_key);
    const gateway_process gateway(
        configuration_text()
            .server("tls: {certificate: \"" + certificate + "\", private_key: \"" + key + "\"}")
            .yaml()
    );
    const auto body_of = [&](const std::string& fault) {
        return ask_over_tls(gateway.port(), ask(native, fault), tls_version::tls_1_3).value().body;
    };
    const auto whole = body_of("");
    EXPECT_NE(whole.find("event: done"), std::string::npos);
    EXPECT_EQ(body_of("trickle=20000").find("error"), std::string::npos);
    const auto cut = body_of("cut-after=3");
    EXPECT_EQ(cut.find("event: done"), std::string::npos);
    EXPECT_NE(cut.find("event: start"), std::string::npos);
}

}  // namespace
}  // namespace sluice::end_to_end
