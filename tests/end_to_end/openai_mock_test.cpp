#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

json body_with(const json& more = json::object()) {
    json body{
        {"model", "mock"},
        {"stream", true},
        {"messages", json::array({{{"role", "user"}, {"content", "Hello"}}})}};
    if (more.is_object()) body.update(more);
    return body;
}

request ask(const json& more, const std::string& tokens = "12") {
    auto message = post("/v1/chat/completions", body_with(more));
    return tokens.empty() ? message : message.header("X-Mock-Tokens", tokens);
}

std::vector<json> chunks_of(const event_list& events) {
    std::vector<json> chunks;
    for (const auto& event : events) {
        if (event.data != "[DONE]") chunks.push_back(event.json());
    }
    return chunks;
}

/// The finish reason of each choice; a second one for the same choice fails the test.
std::map<int, std::string> finishes_of(const event_list& events) {
    std::map<int, std::string> finishes;
    for (const auto& chunk : chunks_of(events)) {
        for (const auto& choice : chunk.at("choices")) {
            if (choice.at("finish_reason").is_null()) continue;
            const auto added = finishes.emplace(
                choice.at("index").get<int>(), choice["finish_reason"].get<std::string>()
            );
            EXPECT_TRUE(added.second) << "two finish reasons";
        }
    }
    return finishes;
}

class ChatCompletions : public ::testing::Test {
 protected:
    event_list stream_of(const json& more, const std::string& tokens = "12") {
        open_stream stream(gateway, ask(more, tokens));
        EXPECT_EQ(stream.head().status, 200);
        return stream.rest();
    }
    json document_of(json more, const std::string& tokens = "12") {
        more["stream"] = false;
        const auto response = gateway.ask(ask(more, tokens));
        EXPECT_EQ(response.status, 200) << response.body;
        return response.json();
    }

    gateway_process gateway{configuration_text().yaml()};
};

TEST_F(ChatCompletions, HaveTheShapeThatSdksRelyOn) {
    const auto events = stream_of({});
    ASSERT_GE(events.size(), 4U);
    EXPECT_EQ(events.back().data, "[DONE]");
    const auto chunks = chunks_of(events);
    EXPECT_EQ(chunks.front().at("choices")[0].at("delta").at("role"), "assistant");
    for (const auto& chunk : chunks) {
        EXPECT_EQ(chunk.at("object"), "chat.completion.chunk");
        EXPECT_EQ(chunk.at("id"), chunks.front().at("id"));
        EXPECT_EQ(chunk.at("created"), chunks.front().at("created"));
        EXPECT_EQ(chunk.at("model"), "mock");
        EXPECT_EQ(chunk.at("choices").size(), 1U);
        EXPECT_FALSE(chunk.contains("usage"));
    }
    EXPECT_EQ(finishes_of(events), (std::map<int, std::string>{{0, "stop"}}));
    EXPECT_FALSE(chunks.back().at("choices")[0].at("finish_reason").is_null());
}

TEST_F(ChatCompletions, CarryNeitherIdsNorRetryNorEventNames) {
    open_stream stream(gateway, ask({}));
    stream.rest();
    for (const auto* field : {"\nid:", "\nretry:", "\nevent:"}) {
        EXPECT_EQ(("\n" + stream.body()).find(field), std::string::npos) << field;
    }
}

TEST_F(ChatCompletions, TellUsageLastAndWithoutChoicesWhereItWasAskedFor) {
    const auto events = stream_of({{"stream_options", {{"include_usage", true}}}});
    const auto chunks = chunks_of(events);
    const auto& last = chunks.back();
    EXPECT_EQ(last.at("choices"), json::array());
    EXPECT_EQ(last.at("usage").at("completion_tokens"), 12);
    EXPECT_EQ(
        last["usage"].at("total_tokens").get<int>(),
        last["usage"].at("prompt_tokens").get<int>() + 12
    );
    for (std::size_t i = 0; i + 1 < chunks.size(); ++i) {
        EXPECT_TRUE(chunks[i].at("usage").is_null());
    }
}

TEST_F(ChatCompletions, GiveTheSameTextAsOneDocument) {
    const auto document = document_of({});
    EXPECT_EQ(document.at("object"), "chat.completion");
    const auto& choice = document.at("choices").at(0);
    EXPECT_EQ(choice.at("message").at("role"), "assistant");
    EXPECT_EQ(choice.at("message").at("content"), chat_text(stream_of({})));
    EXPECT_EQ(choice.at("finish_reason"), "stop");
    EXPECT_EQ(document.at("usage").at("completion_tokens"), 12);
}

TEST_F(ChatCompletions, GiveSeveralChoicesWhereAsked) {
    const auto events = stream_of({{"n", 2}});
    EXPECT_FALSE(chat_text(events, 0).empty());
    EXPECT_FALSE(chat_text(events, 1).empty());
    EXPECT_EQ(finishes_of(events).size(), 2U);
    EXPECT_EQ(document_of({{"n", 2}}).at("choices").size(), 2U);
}

TEST_F(ChatCompletions, StopAtTheTokenLimit) {
    const auto events = stream_of({{"max_tokens", 5}}, "");
    EXPECT_EQ(finishes_of(events).at(0), "length");
    const auto document = document_of({{"max_completion_tokens", 5}}, "");
    EXPECT_EQ(document.at("usage").at("completion_tokens"), 5);
    EXPECT_EQ(document.at("choices")[0].at("finish_reason"), "length");
}

TEST_F(ChatCompletions, StopBeforeAStopWord) {
    const auto whole = chat_text(stream_of({}, ""));
    const auto begin = whole.find(' ', whole.size() / 2);
    ASSERT_NE(begin, std::string::npos);
    const auto word = whole.substr(begin, 6);
    const auto events = stream_of({{"stop", json::array({word})}}, "");
    EXPECT_EQ(chat_text(events), whole.substr(0, whole.find(word)));
    EXPECT_EQ(finishes_of(events).at(0), "stop");
}

const json weather_tool = json::parse(R"({"type":"function","function":{"name":"weather",
    "parameters":{"type":"object","required":["city","days"],"additionalProperties":false,
    "properties":{"city":{"type":"string"},"days":{"type":"integer"}}}}})");

TEST_F(ChatCompletions, CallTheToolThatIsDemanded) {
    const auto events =
        stream_of({{"tools", json::array({weather_tool})}, {"tool_choice", "required"}});
    std::string arguments;
    std::string name;
    int parts = 0;
    for (const auto& chunk : chunks_of(events)) {
        for (const auto& call :
             chunk.at("choices")[0].at("delta").value("tool_calls", json::array())) {
            EXPECT_EQ(call.at("index"), 0);
            if (call.contains("id")) {
                EXPECT_EQ(call.at("type"), "function");
            }
            name += call.at("function").value("name", "");
            const auto part = call["function"].value("arguments", "");
            parts += part.empty() ? 0 : 1;
            arguments += part;
        }
    }
    EXPECT_EQ(name, "weather");
    EXPECT_GE(parts, 2);
    const auto value = json::parse(arguments);
    EXPECT_TRUE(value.at("city").is_string());
    EXPECT_TRUE(value.at("days").is_number_integer());
    EXPECT_EQ(value.size(), 2U);
    EXPECT_EQ(finishes_of(events).at(0), "tool_calls");
}

TEST_F(ChatCompletions, AnswerAToolsResultWithText) {
    auto messages = json::parse(R"([{"role":"user","content":"Weather?"},
        {"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function",
        "function":{"name":"weather","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"call_1","content":"sunny"}])");
    const auto events = stream_of({{"messages", messages}, {"tools", json::array({weather_tool})}});
    EXPECT_FALSE(chat_text(events).empty());
    EXPECT_EQ(finishes_of(events).at(0), "stop");
}

TEST_F(ChatCompletions, FillADemandedSchema) {
    const auto format = json::parse(R"({"type":"json_schema","json_schema":{"name":"answer",
        "schema":{"type":"object","required":["name","tags"],"additionalProperties":false,
        "properties":{"name":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}}}}})"
    );
    const auto text = chat_text(stream_of({{"response_format", format}}, ""));
    const auto value = json::parse(text);
    EXPECT_TRUE(value.at("name").is_string());
    EXPECT_TRUE(value.at("tags").is_array());
    EXPECT_EQ(value.size(), 2U);
}

TEST_F(ChatCompletions, KeepTheConnectionForTheNextRequest) {
    open_stream stream(gateway, ask({}));
    stream.rest();
    EXPECT_TRUE(stream.ended_whole());
    for (int i = 0; i < 3; ++i) {
        stream.client().send(ask({{"stream", false}}));
        EXPECT_EQ(stream.client().read_response().status, 200);
    }
}

}  // namespace
}  // namespace sluice::end_to_end
