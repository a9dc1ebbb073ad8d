#include "gateway/http/endpoints.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

std::optional<endpoint> found(std::string_view method, std::string_view path) {
    const auto lookup = find_endpoint(method, path);
    return lookup.match ? std::optional{lookup.match->endpoint} : std::nullopt;
}

TEST(Endpoints, AreFoundByMethodAndPath) {
    EXPECT_EQ(found("GET", "/"), endpoint::page);
    EXPECT_EQ(found("GET", "/dashboard"), endpoint::dashboard);
    EXPECT_EQ(found("GET", "/pages/common.css"), endpoint::page_file);
    EXPECT_EQ(found("GET", "/livez"), endpoint::live);
    EXPECT_EQ(found("GET", "/healthz"), endpoint::live);
    EXPECT_EQ(found("GET", "/readyz"), endpoint::ready);
    EXPECT_EQ(found("GET", "/metrics"), endpoint::metrics);
    EXPECT_EQ(found("GET", "/v1/models"), endpoint::models);
    EXPECT_EQ(found("POST", "/v1/streams"), endpoint::native_post);
    EXPECT_EQ(found("POST", "/v1/stream"), endpoint::native_post);
    EXPECT_EQ(found("GET", "/v1/stream"), endpoint::native_get);
    EXPECT_EQ(found("GET", "/v1/streams/0-x"), endpoint::stream_attach);
    EXPECT_EQ(found("DELETE", "/v1/streams/0-x"), endpoint::stream_stop);
    EXPECT_EQ(found("GET", "/v1/targets"), endpoint::target_list);
    EXPECT_EQ(found("GET", "/v1/keys"), endpoint::key_list);
    EXPECT_EQ(found("GET", "/v1/log"), endpoint::log_read);
    EXPECT_EQ(found("PUT", "/v1/log"), endpoint::log_change);
    EXPECT_EQ(found("POST", "/v1/chat/completions"), endpoint::generate);
    EXPECT_EQ(found("POST", "/v1beta/models/a/b:generateContent"), endpoint::gemini);
    EXPECT_EQ(found("POST", "/v1/models/a:generateContent"), endpoint::gemini);
    EXPECT_EQ(found("GET", "/v1/models/a:b"), endpoint::model);
    EXPECT_EQ(found("GET", "/api/tags"), endpoint::ollama_tags);
    EXPECT_EQ(found("POST", "/v1/ui/chat"), endpoint::ui_post);
    EXPECT_EQ(found("GET", "/v1/ui/chat/a/b/stream"), endpoint::ui_resume);
    EXPECT_EQ(found("DELETE", "/v1/ui/chat/a/stream"), endpoint::ui_stop);
}

TEST(Endpoints, OfAClientDialectAreAnsweredInIt) {
    const auto dialect = [](auto path) {
        return find_endpoint("POST", path).match->dialect->name();
    };
    EXPECT_EQ(dialect("/v1/chat/completions"), "openai_chat");
    EXPECT_EQ(dialect("/v1/completions"), "openai_completions");
    EXPECT_EQ(dialect("/v1/responses"), "openai_responses");
    EXPECT_EQ(dialect("/v1/embeddings"), "openai_embeddings");
    EXPECT_EQ(dialect("/v1/messages"), "anthropic_messages");
    EXPECT_EQ(dialect("/v1/messages/count_tokens"), "anthropic_count_tokens");
    EXPECT_EQ(dialect("/api/chat"), "ollama_chat");
    EXPECT_EQ(dialect("/api/generate"), "ollama_generate");
}

TEST(Endpoints, HaveTheirVariablePartAnywhere) {
    EXPECT_EQ(find_endpoint("GET", "/v1/ui/chat/c-1/stream").match->argument, "c-1");
    EXPECT_FALSE(find_endpoint("GET", "/v1/ui/chat//stream").match);
    EXPECT_FALSE(find_endpoint("GET", "/v1/ui/chat/stream").match);
}

TEST(Endpoints, TakeAModelsNameWithItsSlashesAndColons) {
    const auto lookup = find_endpoint("GET", "/v1/models/local/llama3:8b");
    ASSERT_TRUE(lookup.match);
    EXPECT_EQ(lookup.match->argument, "local/llama3:8b");
    EXPECT_EQ(lookup.match->name, "/v1/models/{}");  // no name of a client's in a metric
}

TEST(Endpoints, NameTheMethodsOfAPathThatIsKnown) {
    EXPECT_EQ(find_endpoint("PUT", "/v1/stream").allow, "POST, GET, OPTIONS");
    EXPECT_EQ(find_endpoint("POST", "/livez").allow, "GET, HEAD, OPTIONS");
    EXPECT_EQ(find_endpoint("PUT", "/v1/streams").allow, "POST, GET, HEAD, OPTIONS");
    EXPECT_EQ(find_endpoint("POST", "/v1/streams/0-x").allow, "GET, DELETE, OPTIONS");
    EXPECT_EQ(find_endpoint("POST", "/v1/log").allow, "GET, HEAD, PUT, OPTIONS");
    EXPECT_FALSE(find_endpoint("PUT", "/v1/stream").match);
    EXPECT_FALSE(find_endpoint("get", "/livez").match);  // methods tell case apart
}

TEST(Endpoints, KnowNoOthers) {
    for (const auto* path :
         {"",
          "livez",
          "/livez/",
          "//livez",
          "/v1",
          "/v1/",
          "/v1/models/",
          "/v1/streams/",
          "/v1/streams2",
          "/v1/Streams",
          "/pages",
          "/pages/",
          "/dashboard/",
          "/v1/chat/completions/",
          "/.env"}) {
        const auto lookup = find_endpoint("GET", path);
        EXPECT_FALSE(lookup.match) << path;
        EXPECT_EQ(lookup.allow, "") << path;
    }
}

TEST(Endpoints, AnswerHeadWhereGetIsHarmless) {
    EXPECT_EQ(found("HEAD", "/livez"), endpoint::live);
    EXPECT_EQ(found("HEAD", "/"), endpoint::page);
    EXPECT_EQ(found("HEAD", "/pages/common.css"), endpoint::page_file);
    EXPECT_EQ(found("HEAD", "/v1/models/m"), endpoint::model);
    EXPECT_EQ(found("HEAD", "/v1/targets"), endpoint::target_list);
    EXPECT_EQ(found("HEAD", "/v1/stream"), std::nullopt);  // it would generate
    EXPECT_EQ(found("HEAD", "/v1/streams/0-x"), std::nullopt);
}

TEST(Endpoints, TakeNothingButAQuestionForTheListOfTargets) {
    EXPECT_EQ(find_endpoint("POST", "/v1/targets").allow, "GET, HEAD, OPTIONS");
    EXPECT_FALSE(find_endpoint("GET", "/v1/targets").match->generates);
}

TEST(Endpoints, SayWhatGeneratesStopsAndNeedsAKey) {
    const auto match = [](auto method, auto path) { return *find_endpoint(method, path).match; };
    EXPECT_TRUE(match("POST", "/v1/streams").generates);
    EXPECT_TRUE(match("GET", "/v1/stream").generates);
    EXPECT_TRUE(match("POST", "/v1/chat/completions").generates);
    EXPECT_FALSE(match("GET", "/v1/streams/x").generates);
    EXPECT_TRUE(match("DELETE", "/v1/streams/x").stops);
    EXPECT_EQ(match("GET", "/v1/models").audience, audience::keys);
    EXPECT_TRUE(match("PUT", "/v1/log").changes);
    EXPECT_FALSE(match("GET", "/v1/log").changes);
    EXPECT_EQ(match("PUT", "/v1/log").audience, audience::operators);
    for (const auto* path :
         {"/metrics", "/v1/targets", "/v1/keys", "/v1/streams", "/v1/events", "/v1/log"})
        EXPECT_EQ(match("GET", path).audience, audience::operators) << path;
    for (const auto* path :
         {"/", "/dashboard", "/pages/common.css", "/livez", "/healthz", "/readyz", "/session"})
        EXPECT_EQ(match("GET", path).audience, audience::everybody) << path;
}

TEST(Endpoints, TellErrorsInTheWordsOfTheirPath) {
    EXPECT_EQ(dialect_of("/v1/chat/completions").name(), "openai_chat");
    EXPECT_EQ(dialect_of("/v1/models/x").name(), "openai_chat");
    EXPECT_EQ(dialect_of("/v1/nothing").name(), "openai_chat");
    EXPECT_EQ(dialect_of("/v1/messages/none").name(), "anthropic_messages");
    EXPECT_EQ(dialect_of("/v1beta/nothing").name(), "gemini");
    EXPECT_EQ(dialect_of("/api/nothing").name(), "ollama_chat");
    EXPECT_EQ(dialect_of("/v1/ui/chat/x/stream").name(), "ui_messages");
    EXPECT_EQ(dialect_of("/v1/stream").name(), "native");
    EXPECT_EQ(dialect_of("/v1/streams/0-x").name(), "native");
    EXPECT_EQ(dialect_of("/v1/targets").name(), "native");
    EXPECT_EQ(dialect_of("/v1/keys").name(), "native");
    EXPECT_EQ(dialect_of("/v1/log").name(), "native");
    EXPECT_EQ(dialect_of("/").name(), "native");
    EXPECT_EQ(dialect_of("").name(), "native");
}

}  // namespace
}  // namespace sluice::gateway::testing
