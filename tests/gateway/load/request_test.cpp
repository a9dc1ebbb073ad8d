#include "gateway/load/request.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace sluice::gateway::load::testing {

namespace {

plan plan_to(const char* url, const char* dialect) {
    plan settings;
    settings.to = *parse_target(url);
    settings.spoken = find_speech(dialect);
    settings.headers = {{"X-Name", "value"}};
    return settings;
}

upstream::request prompt(const std::string& text) {
    upstream::request request;
    request.model = "mock";
    request.max_tokens = 5;
    upstream::message message;
    message.content.emplace_back(upstream::text_part{text});
    request.messages.push_back(message);
    return request;
}

std::string request_of(const plan& settings) {
    const auto server = server_of(*settings.spoken, settings.to, "sk-key");
    auto begun = begin_exchange(*settings.spoken, server, settings.to, prompt("Hello"));
    EXPECT_TRUE(begun) << begun.error();
    return post_request(settings, *begun);
}

nlohmann::json body_of(const std::string& request) {
    return nlohmann::json::parse(request.substr(request.find("\r\n\r\n") + 4));
}

TEST(LoadRequest, IsAStreamedChatCompletion) {
    const auto request = request_of(plan_to("http://127.0.0.1:8080", "chat"));
    EXPECT_TRUE(
        request.starts_with("POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nAccept: "
                            "text/event-stream\r\n"
                            "X-Name: value\r\n")
    ) << request;
    EXPECT_NE(request.find("uthorization: Bearer sk-key\r\n"), std::string::npos);
    const auto body = body_of(request);
    EXPECT_EQ(body["stream"], true);
    EXPECT_EQ(body["messages"][0]["content"], "Hello");
    EXPECT_EQ(body["max_tokens"], 5);
    EXPECT_EQ(body["stream_options"]["include_usage"], true);
}

TEST(LoadRequest, GoesToEachDialectsOwnPath) {
    const auto line = [](const char* dialect) {
        const auto request = request_of(plan_to("http://host/", dialect));
        return request.substr(0, request.find(" HTTP/1.1"));
    };
    EXPECT_EQ(line("completions"), "POST /v1/completions");
    EXPECT_EQ(line("responses"), "POST /v1/responses");
    EXPECT_EQ(line("anthropic"), "POST /v1/messages");
    EXPECT_EQ(line("gemini"), "POST /v1beta/models/mock:streamGenerateContent?alt=sse");
    EXPECT_EQ(line("ollama"), "POST /api/chat");
    EXPECT_EQ(line("native"), "POST /v1/streams");
    EXPECT_EQ(line("ui"), "POST /v1/ui/chat");
    EXPECT_EQ(line("events"), "POST /");
}

TEST(LoadRequest, GoesWhereTheUrlSaysIfThatIsAnEndpoint) {
    const auto request = request_of(plan_to("http://host/proxy/chat?x=1", "chat"));
    EXPECT_TRUE(request.starts_with("POST /proxy/chat?x=1 HTTP/1.1\r\n")) << request;
}

TEST(LoadRequest, TakesABaseUrlAsSdksDo) {
    const auto request = request_of(plan_to("http://host/v1", "chat"));
    EXPECT_TRUE(request.starts_with("POST /v1/chat/completions HTTP/1.1\r\n")) << request;
}

TEST(LoadRequest, OfTheUserWinsOverTheCodecsHeaders) {
    plan settings = plan_to("http://host/", "chat");
    settings.headers = {{"authorization", "Basic abc"}};
    const auto request = request_of(settings);
    EXPECT_NE(request.find("authorization: Basic abc\r\n"), std::string::npos);
    EXPECT_EQ(request.find("sk-key"), std::string::npos);
}

TEST(LoadRequest, AsksForAStreamThatCanBeResumedWhereClientsComeBack) {
    plan settings = plan_to("http://host/", "chat");
    EXPECT_EQ(request_of(settings).find("X-Stream-Resumable"), std::string::npos);
    settings.how.drop_share = 0.1;
    EXPECT_NE(request_of(settings).find("X-Stream-Resumable: true\r\n"), std::string::npos);
}

TEST(LoadRequest, ReadsBehindTheLastEventThatCame) {
    const plan settings = plan_to("http://127.0.0.1:8080/", "native");
    EXPECT_EQ(
        get_request(settings, "/v1/streams/1-abc", "1-abc/2"),
        "GET /v1/streams/1-abc HTTP/1.1\r\n"
        "Host: 127.0.0.1:8080\r\n"
        "Accept: text/event-stream\r\n"
        "X-Name: value\r\n"
        "Last-Event-ID: 1-abc/2\r\n"
        "\r\n"
    );
}

TEST(LoadSpeech, IsKnownByItsPath) {
    EXPECT_EQ(speech_at("/v1/chat/completions")->name, "chat");
    EXPECT_EQ(speech_at("/openai/v1/responses")->name, "responses");
    EXPECT_EQ(speech_at("/v1/messages?beta=true")->name, "anthropic");
    EXPECT_EQ(speech_at("/v1beta/models/m:streamGenerateContent")->name, "gemini");
    EXPECT_EQ(speech_at("/v1/stream")->name, "native");
    EXPECT_EQ(speech_at("/"), nullptr);
    EXPECT_EQ(find_speech("telepathy"), nullptr);
}

}  // namespace

}  // namespace sluice::gateway::load::testing
