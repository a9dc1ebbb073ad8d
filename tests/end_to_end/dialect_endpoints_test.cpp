#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"
#include "tests/end_to_end/support/fake_upstream.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;

const json hello = json::array({{{"role", "user"}, {"content", "Hi"}}});

json message_body(const std::string& model = "mock", bool stream = false) {
    return {{"model", model}, {"max_tokens", 20}, {"messages", hello}, {"stream", stream}};
}

json gemini_body() {
    const json part{{"text", "Hi"}};
    return {{"contents", {{{"role", "user"}, {"parts", json::array({part})}}}}};
}

TEST(DialectEndpoints, ListModelsInTheFormOfWhoAsks) {
    const gateway_process gateway(configuration_text().yaml());
    const auto openai = gateway.ask(get("/v1/models")).json();
    EXPECT_EQ(openai.at("object"), "list");
    EXPECT_EQ(openai.at("data")[0].at("object"), "model");
    const auto anthropic =
        gateway.ask(get("/v1/models").header("anthropic-version", "2023-06-01")).json();
    EXPECT_EQ(anthropic.at("data")[0].at("type"), "model");
    EXPECT_EQ(anthropic.at("data")[0].at("id"), "mock");
    EXPECT_EQ(anthropic.at("has_more"), false);
    const auto one =
        gateway.ask(get("/v1/models/mock").header("anthropic-version", "2023-06-01")).json();
    EXPECT_EQ(one.at("display_name"), "mock");
    const auto unknown =
        gateway.ask(get("/v1/models/none").header("anthropic-version", "2023-06-01"));
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.json().at("type"), "error");
    EXPECT_EQ(gateway.ask(get("/api/tags")).json().at("models")[0].at("name"), "mock");
    EXPECT_TRUE(gateway.ask(get("/api/version")).json().contains("version"));
}

TEST(DialectEndpoints, TellErrorsInTheWordsOfTheApi) {
    const gateway_process gateway(configuration_text().yaml());
    const auto anthropic = gateway.ask(post("/v1/messages", message_body("none")));
    EXPECT_EQ(anthropic.status, 404);
    EXPECT_EQ(anthropic.json().at("error").at("type"), "not_found_error");
    const auto gemini = gateway.ask(post("/v1beta/models/none:generateContent", gemini_body()));
    EXPECT_EQ(gemini.status, 404);
    EXPECT_EQ(gemini.json().at("error").at("status"), "NOT_FOUND");
    const auto ollama = gateway.ask(post("/api/chat", {{"model", "none"}, {"messages", hello}}));
    EXPECT_EQ(ollama.status, 404);
    EXPECT_TRUE(ollama.json().at("error").is_string());
    const auto responses = gateway.ask(post("/v1/responses", {{"model", "none"}, {"input", "Hi"}}));
    EXPECT_EQ(responses.status, 404);
    EXPECT_EQ(responses.json().at("error").at("code"), "model_not_found");
    EXPECT_EQ(gateway.ask(get("/v1/messages")).json().at("type"), "error");
    EXPECT_EQ(gateway.ask(get("/v1beta/nothing")).json().at("error").at("code"), 404);
}

TEST(DialectEndpoints, OfAnthropicNameTheRequestAsItsClientsLookForIt) {
    const gateway_process gateway(configuration_text().yaml());
    const auto answer = gateway.ask(post("/v1/messages", message_body()));
    EXPECT_EQ(answer.status, 200);
    EXPECT_FALSE(answer.header("request-id").empty());
    EXPECT_EQ(answer.header("request-id"), answer.header("X-Request-Id"));
    const auto busy =
        gateway.ask(post("/v1/messages", message_body()).header("X-Mock-Error", "529"));
    EXPECT_EQ(busy.status, 529);
    EXPECT_EQ(busy.json().at("error").at("type"), "overloaded_error");
}

TEST(DialectEndpoints, OfGeminiStreamEventsOrOneArray) {
    const gateway_process gateway(configuration_text().yaml());
    const auto events =
        gateway.ask(post("/v1beta/models/mock:streamGenerateContent?alt=sse", gemini_body()));
    EXPECT_TRUE(events.header("Content-Type").starts_with("text/event-stream"));
    EXPECT_TRUE(events.body.starts_with("data: "));
    const auto array =
        gateway.ask(post("/v1beta/models/mock:streamGenerateContent", gemini_body()));
    EXPECT_TRUE(array.header("Content-Type").starts_with("application/json"));
    ASSERT_TRUE(array.json().is_array());
    EXPECT_GT(array.json().size(), 2U);
    const auto document = gateway.ask(post("/v1beta/models/mock:generateContent", gemini_body()));
    EXPECT_EQ(document.json().at("candidates")[0].at("finishReason"), "STOP");
    EXPECT_EQ(gateway.ask(post("/v1beta/models/mock:countTokens", gemini_body())).status, 404);
    EXPECT_EQ(gateway.ask(post("/v1beta/models/mock", gemini_body())).status, 404);
}

TEST(DialectEndpoints, OfOllamaStreamLinesUnlessTheyAreToldNotTo) {
    const gateway_process gateway(configuration_text().yaml());
    const json body{{"model", "mock"}, {"messages", hello}};
    const auto lines = gateway.ask(post("/api/chat", body).header("X-Mock-Tokens", "3"));
    EXPECT_EQ(lines.header("Content-Type"), "application/x-ndjson");
    EXPECT_GE(std::count(lines.body.begin(), lines.body.end(), '\n'), 4);
    auto whole = body;
    whole["stream"] = false;
    const auto document = gateway.ask(post("/api/chat", whole));
    EXPECT_EQ(document.json().at("done"), true);
    EXPECT_FALSE(document.json().at("message").at("content").get<std::string>().empty());
}

TEST(DialectEndpoints, WithoutEventsCannotBeResumed) {
    const gateway_process gateway(configuration_text().yaml());
    const auto refused = gateway.ask(post(
                                         "/api/chat", {{"model", "mock"}, {"messages", hello}}
    ).header("X-Stream-Resumable", "true"));
    EXPECT_EQ(refused.status, 400);
}

TEST(DialectEndpoints, MakeVectorsAndCountTokens) {
    const gateway_process gateway(configuration_text().yaml());
    const auto made = gateway.ask(
        post("/v1/embeddings", {{"model", "mock"}, {"input", {"a", "b"}}, {"dimensions", 8}})
    );
    ASSERT_EQ(made.status, 200) << made.body;
    ASSERT_EQ(made.json().at("data").size(), 2U);
    EXPECT_EQ(made.json().at("data")[1].at("embedding").size(), 8U);
    EXPECT_GT(made.json().at("usage").at("prompt_tokens"), 0);
    auto body = message_body();
    body.erase("max_tokens");
    body.erase("stream");
    const auto counted = gateway.ask(post("/v1/messages/count_tokens", body));
    ASSERT_EQ(counted.status, 200) << counted.body;
    EXPECT_GT(counted.json().at("input_tokens"), 0);
}

TEST(DialectEndpoints, RelayEmbeddingsAsTheyCame) {
    const std::string vectors =
        R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":"AACAPw=="}],)"
        R"("model":"real-model","usage":{"prompt_tokens":2,"total_tokens":2},"novel": 1.50})";
    fake_upstream upstream([&](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.answer(200, vectors);
    });
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    const json asked{{"model", "up"}, {"input", "a"}, {"encoding_format", "base64"}, {"novel", 7}};
    const auto made = gateway.ask(post("/v1/embeddings", asked));
    EXPECT_EQ(made.status, 200);
    EXPECT_EQ(made.body, vectors);
    const auto seen = upstream.expect_request();
    EXPECT_TRUE(seen.target.ends_with("/embeddings")) << seen.target;
    auto wanted = asked;
    wanted["model"] = "real-model";
    EXPECT_EQ(seen.json(), wanted) << "the model alone is another";
}

TEST(DialectEndpoints, TakeTheKeyFromTheHeaderOfTheApi) {
    const gateway_process gateway(configuration_text().key("a", "key-a").yaml());
    EXPECT_EQ(gateway.ask(post("/v1/messages", message_body())).status, 401);
    EXPECT_EQ(
        gateway.ask(post("/v1/messages", message_body()).header("x-api-key", "key-a")).status, 200
    );
    EXPECT_EQ(
        gateway
            .ask(post("/v1beta/models/mock:generateContent", gemini_body())
                     .header("x-goog-api-key", "key-a"))
            .status,
        200
    );
}

TEST(DialectEndpoints, OfGeminiTakeTheKeyFromTheAddressToo) {
    const gateway_process gateway(configuration_text().key("a", "key-a").yaml());
    const std::string path = "/v1beta/models/mock:generateContent";
    EXPECT_EQ(gateway.ask(post(path + "?key=key-a", gemini_body())).status, 200);
    EXPECT_EQ(gateway.ask(post(path + "?key=key-b", gemini_body())).status, 401);
    EXPECT_EQ(gateway.ask(post("/v1/messages?key=key-a", message_body())).status, 401);
    EXPECT_EQ(gateway.log().find("key-a"), std::string::npos);
}

TEST(DialectEndpoints, SayWhatATargetCannotCarry) {
    fake_upstream upstream(say({"Hello"}));
    const gateway_process gateway(
        "server: {listen: ['127.0.0.1:0'], workers: 1}\n"
        "providers:\n"
        "  claude: {kind: anthropic, base_url: 'http://127.0.0.1:" +
        std::to_string(upstream.port()) +
        "', api_key: secret-key-1}\n"
        "models: [{name: m, targets: [{provider: claude, model: c-1}]}]\n"
    );
    const auto refused =
        gateway.ask(post("/v1/chat/completions", {{"model", "m"}, {"messages", hello}, {"n", 2}}));
    EXPECT_EQ(refused.status, 400);
    const auto error = refused.json().at("error");
    EXPECT_EQ(error.at("param"), "n");
    EXPECT_NE(error.at("message").get<std::string>().find("claude/c-1"), std::string::npos);
    auto candidates = gemini_body();
    candidates["generationConfig"] = {{"candidateCount", 2}};
    const auto gemini = gateway.ask(post("/v1beta/models/m:generateContent", candidates));
    EXPECT_EQ(gemini.status, 400);
    EXPECT_NE(
        gemini.json().at("error").at("message").get<std::string>().find("candidateCount"),
        std::string::npos
    );
    EXPECT_EQ(upstream.calls(), 0U) << "nothing is sent";
}

TEST(DialectEndpoints, EstimateTokensForWhoCountsNone) {
    fake_upstream upstream(say({"Hello"}));
    const gateway_process gateway(configuration_text().upstream(upstream.base_url()).yaml());
    auto body = message_body("up");
    body.erase("max_tokens");
    body.erase("stream");
    const auto counted = gateway.ask(post("/v1/messages/count_tokens", body));
    ASSERT_EQ(counted.status, 200) << counted.body;
    EXPECT_GT(counted.json().at("input_tokens"), 0);
    EXPECT_EQ(counted.header("X-Sluice-Estimated"), "true");
    EXPECT_EQ(upstream.calls(), 0U);
}

TEST(DialectEndpoints, NameWhatWasLeftOutForATarget) {
    fake_upstream upstream([](upstream_exchange& exchange) {
        exchange.read_request();
        exchange.answer(
            429,
            R"({"type":"error","error":{"type":"rate_limit_error","message":"slow down"}})",
            {{"Retry-After", "7"}, {"request-id", "req_abc"}}
        );
    });
    const gateway_process gateway(
        "server: {listen: ['127.0.0.1:0'], workers: 1}\n"
        "providers:\n"
        "  claude: {kind: anthropic, base_url: 'http://127.0.0.1:" +
        std::to_string(upstream.port()) +
        "', api_key: secret-key-1}\n"
        "models: [{name: m, targets: [{provider: claude, model: c-1}]}]\n"
    );
    const auto answer = gateway.ask(post(
        "/v1/chat/completions",
        {{"model", "m"}, {"messages", hello}, {"seed", 5}, {"presence_penalty", 0.5}}
    ));
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.header("Retry-After"), "7");
    EXPECT_EQ(answer.header("X-Upstream-Request-Id"), "req_abc");
    EXPECT_EQ(answer.json().at("error").at("message"), "slow down");
    const auto dropped = answer.header("X-Sluice-Dropped");
    EXPECT_NE(dropped.find("seed"), std::string::npos) << dropped;
    EXPECT_NE(dropped.find("presence_penalty"), std::string::npos) << dropped;
}

}  // namespace
}  // namespace sluice::end_to_end
