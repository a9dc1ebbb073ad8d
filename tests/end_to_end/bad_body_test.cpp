#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/refusals.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::end_to_end {
namespace {

using namespace std::string_literals;

class BadBody : public ::testing::Test {
 protected:
    http_response ask(const request& message) {
        client.send(message);
        return client.read_response();
    }
    void expect_refused_by_both(const std::string& body) {
        expect_native_error(ask(post_text("/v1/streams", body)), 400);
        expect_openai_error(ask(post_text("/v1/chat/completions", body)), 400);
    }

    gateway_process gateway{configuration_text().yaml()};
    raw_client client = gateway.connect();
};

TEST_F(BadBody, ThatIsNoJsonObjectIsRefused) {
    const std::vector<std::string> bodies{
        "",
        " ",
        "{",
        "}",
        "{]",
        "[]",
        "7",
        "null",
        "\"Hi\"",
        "true",
        "{\"prompt\"}",
        R"({"prompt":"Hi",})",
        R"({"prompt":"Hi"}})",
        R"({"prompt":"Hi"} {})",
        R"({'prompt':'Hi'})",
        R"({prompt:"Hi"})",
        R"({"prompt":"Hi)",
        R"({"prompt":NaN})",
        R"({"prompt":01})",
        R"({"prompt":"a\qb"})",
        R"({"prompt":"\u12"})",
        "{\"prompt\":\"a\nb\"}",
        "{\"prompt\":\"a\0b\"}"s,
        "{\"prompt\":\"Hi\"}\0"s,
        "/* Hi */ {\"prompt\":\"Hi\"}",
        "prompt=Hi",
        "<prompt>Hi</prompt>",
        "\xef\xbb\xbf{\"prompt\""};
    for (const auto& body : bodies) {
        SCOPED_TRACE(body);
        expect_refused_by_both(body);
    }
}

TEST_F(BadBody, ThatIsNoUtf8IsRefused) {
    const std::vector<std::string> texts{
        "\xff",
        "\xc3",
        "\xc3(",
        "\xed\xa0\x80",
        "\xf4\x90\x80\x80",
        "\xc0\xaf",
        "\xe2\x82",
        "\x80"};
    for (const auto& text : texts) {
        expect_refused_by_both("{\"prompt\":\"" + text + "\"}");
        expect_refused_by_both("{\"" + text + "\":1,\"prompt\":\"Hi\"}");
    }
}

TEST_F(BadBody, WithALoneSurrogateIsRefused) {
    expect_refused_by_both(R"({"prompt":"\ud800"})");
    expect_refused_by_both(R"({"prompt":"\udc00"})");
    expect_refused_by_both(R"({"prompt":"\ud800\ud800"})");
    EXPECT_EQ(
        ask(post_text("/v1/streams", R"({"prompt":"\ud83c\udf0a","stream":false})")).status, 200
    );
}

TEST_F(BadBody, ThatNestsDeeperThanSixtyFourIsRefusedWithoutTroubleOfDepth) {
    const auto extra = [](int depth) {
        const auto half = static_cast<std::size_t>(depth - 1);
        return R"({"prompt":"Hi","stream":false,"x":)" + std::string(half, '[') +
               std::string(half, ']') + "}";
    };
    EXPECT_EQ(ask(post_text("/v1/streams", extra(64))).status, 200);
    expect_refused_by_both(extra(65));
    expect_refused_by_both(extra(100'000));
    expect_refused_by_both(std::string(1'000'000, '['));
    expect_refused_by_both("{\"a\":" + std::string(1'000'000, '{'));
}

TEST_F(BadBody, WithAKeyThatStandsTwiceIsRefused) {
    for (const auto* body :
         {R"({"prompt":"a","prompt":"b"})",
          R"({"model":"mock","prompt":"a","model":"mock"})",
          R"({"prompt":"a","pro\u006dpt":"b"})",
          R"({"x":1,"prompt":"a","x":1})"}) {
        SCOPED_TRACE(body);
        expect_refused_by_both(body);
    }
    const auto* chat =
        R"({"model":"mock","messages":[{"role":"user","content":"Hi"}],"mode\u006c":"other"})";
    expect_openai_error(ask(post_text("/v1/chat/completions", chat)), 400);
}

TEST_F(BadBody, OfAnotherTypeIsRefused) {
    const std::string good = R"({"prompt":"Hi","stream":false})";
    for (const auto* type :
         {"multipart/form-data; boundary=x",
          "application/xml",
          "image/png",
          "text/html",
          "application/octet-stream"}) {
        SCOPED_TRACE(type);
        expect_native_error(ask(request("POST", "/v1/streams").body(good, type)), 415);
        expect_openai_error(ask(request("POST", "/v1/chat/completions").body(good, type)), 415);
    }
}

TEST_F(BadBody, WithoutATypeOrWithAPlainOneIsReadAsJson) {
    const std::string good = R"({"prompt":"Hi","stream":false})";
    for (const auto* type :
         {"",
          "text/plain",
          "application/x-www-form-urlencoded",
          "application/json; charset=utf-8",
          "APPLICATION/JSON"}) {
        SCOPED_TRACE(type);
        EXPECT_EQ(ask(request("POST", "/v1/streams").body(good, type)).status, 200);
    }
}

TEST_F(BadBody, OfAPlainTypeFromABrowserIsRefused) {
    // These types need no preflight: a page of anybody's could send them.
    const std::string good = R"({"prompt":"Hi","stream":false})";
    for (const auto* type : {"text/plain", "application/x-www-form-urlencoded"}) {
        auto message = request("POST", "/v1/streams").body(good, type);
        EXPECT_EQ(ask(message.header("Origin", "https://example.com")).status, 415) << type;
    }
}

TEST_F(BadBody, FromAPlainCurlIsRefusedWithTheRightHint) {
    const auto response =
        ask(request("POST", "/v1/streams").body("prompt=Hi", "application/x-www-form-urlencoded"));
    expect_native_error(response, 400);
    EXPECT_NE(response.json()["error"]["message"].get<std::string>().find("-H"), std::string::npos)
        << response.body;
    EXPECT_NE(response.body.find("application/json"), std::string::npos);
}

}  // namespace
}  // namespace sluice::end_to_end
