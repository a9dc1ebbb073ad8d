#include "gateway/http/body_input.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;

http_request post(std::string type, std::string body, std::string origin = {}) {
    http_request request;
    if (!type.empty()) request.headers.emplace_back("content-type", std::move(type));
    if (!origin.empty()) request.headers.emplace_back("origin", std::move(origin));
    request.body = std::move(body);
    return request;
}

auto decode(http_request request) {
    return decode_body(request, native_dialect());
}

int status_of(http_request request) {
    const auto decoded = decode(std::move(request));
    return decoded ? 200 : decoded.error().status;
}

http_request get(std::string query) {
    http_request request;
    request.query = std::move(query);
    return request;
}

const std::string a_body = R"({"prompt":"hi"})";

TEST(BodyType, TakesJson) {
    for (const auto* type :
         {"application/json", "Application/JSON; charset=utf-8", "application/ld+json"}) {
        EXPECT_EQ(status_of(post(type, a_body)), 200) << type;
        EXPECT_EQ(status_of(post(type, a_body, "https://a.example")), 200) << type;
    }
}

TEST(BodyType, TakesWhatAPlainCurlSendsButFromNoPage) {
    for (const auto* type : {"", "text/plain", "application/x-www-form-urlencoded"}) {
        EXPECT_EQ(status_of(post(type, a_body)), 200) << type;
        EXPECT_EQ(status_of(post(type, a_body, "https://a.example")), 415) << type;
    }
}

TEST(BodyType, RefusesWhatCannotBeJson) {
    for (const auto* type : {"multipart/form-data; boundary=x", "application/xml", "image/png"})
        EXPECT_EQ(status_of(post(type, a_body)), 415) << type;
}

TEST(BodyType, NamesTheHeaderToSendWhereTheBodyIsNoJson) {
    const auto guessed = decode(post("application/x-www-form-urlencoded", "prompt=hi"));
    ASSERT_FALSE(guessed);
    EXPECT_EQ(guessed.error().status, 400);
    EXPECT_THAT(guessed.error().message, HasSubstr("-H 'Content-Type: application/json'"));
    const auto said = decode(post("application/json", "prompt=hi"));
    EXPECT_THAT(said.error().message, Not(HasSubstr("-H")));
    // JSON that is wrong otherwise needs no such hint.
    const auto wrong = decode(post("", R"({"prompt":5})"));
    EXPECT_THAT(wrong.error().message, Not(HasSubstr("-H")));
    EXPECT_EQ(status_of(post("application/json", "")), 400);
}

TEST(QueryInput, IsTheSameRequestAsABody) {
    const auto decoded =
        decode_query(get("prompt=hi+there&model=5&max_tokens=7&temperature=0.5&mock_rate=0"));
    ASSERT_TRUE(decoded) << decoded.error().message;
    const auto& request = decoded->call.request;
    EXPECT_EQ(request.model, "5");
    EXPECT_EQ(request.max_tokens, 7);
    EXPECT_EQ(request.temperature, 0.5);
    EXPECT_EQ(std::get<upstream::text_part>(request.messages.at(0).content.at(0)).text, "hi there");
    EXPECT_TRUE(decoded->call.stream);
    EXPECT_TRUE(decode_query(get("prompt=5&stream=false"))->call.stream);  // EventSource streams
}

TEST(QueryInput, RefusesWhatItCannotRead) {
    const auto refused = [](const std::string& query) {
        const auto decoded = decode_query(get(query));
        return decoded ? std::string{"accepted"} : decoded.error().param;
    };
    EXPECT_EQ(refused(""), "prompt");
    EXPECT_EQ(refused("model=a"), "prompt");
    EXPECT_EQ(refused("prompt="), "prompt");
    EXPECT_EQ(refused("prompt=a&prompt=b"), "prompt");
    EXPECT_EQ(refused("prompt=a&max_tokens=x"), "max_tokens");
    EXPECT_EQ(refused("prompt=a&max_tokens=0"), "max_tokens");
    EXPECT_EQ(refused("prompt=a&messages=%5B%5D"), "messages");
    for (const auto* query : {"prompt=%ff", "prompt=a&%ff=1", "prompt=a&user=%c0%80"}) {
        const auto decoded = decode_query(get(query));
        ASSERT_FALSE(decoded) << query;
        EXPECT_EQ(decoded.error().status, 400);
    }
}

TEST(Accept, AsksForADocumentOnlyIfItAsksForJsonAlone) {
    const auto wants = [](const std::string& accept) {
        http_request request;
        request.headers.emplace_back("accept", accept);
        return wants_document(request);
    };
    EXPECT_TRUE(wants("application/json"));
    EXPECT_TRUE(wants("application/json; charset=utf-8"));
    EXPECT_FALSE(wants("text/event-stream"));
    EXPECT_FALSE(wants("application/json, text/event-stream"));
    EXPECT_FALSE(wants("application/json, */*"));  // the JSON clients' default takes anything
    EXPECT_FALSE(wants("*/*"));
    EXPECT_FALSE(wants_document({}));
}

TEST(MockSettings, ComeFromHeadersAndParameters) {
    auto request = get("prompt=a&mock_rate=0&mock_ttft_ms=5&mock_seed=1");
    request.headers = {{"x-mock-seed", "9"}, {"x-mocking", "no"}, {"x-mock-tool-call", "look"}};
    EXPECT_THAT(
        mock_settings_of(request),
        ElementsAre(
            Pair("rate", "0"), Pair("seed", "9"), Pair("tool-call", "look"), Pair("ttft-ms", "5")
        )
    );
}

}  // namespace
}  // namespace sluice::gateway::testing
