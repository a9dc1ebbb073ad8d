// The examples that AWS publishes with the description of its signature.

#include "upstream/providers/sigv4.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace sluice::upstream::testing {
namespace {

using namespace std::chrono;

constexpr auto example_time = sys_days(year(2015) / August / 30) + hours(12) + minutes(36);

aws_credentials example_credentials() {
    return {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", {}};
}

aws_request example(std::string_view method, std::string_view path, std::string_view query = {}) {
    aws_request request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.headers = {{"Host", "example.amazonaws.com"}};
    return request;
}

std::string header(const header_list& headers, std::string_view wanted) {
    for (const auto& [name, value] : headers) {
        if (name == wanted) return value;
    }
    return {};
}

header_list sign(const aws_request& request, const aws_credentials& who = example_credentials()) {
    return sign_aws_request(request, who, {"us-east-1", "service", example_time});
}

std::string signature_of(const aws_request& request) {
    const auto authorization = header(sign(request), "Authorization");
    return authorization.substr(authorization.rfind('=') + 1);
}

TEST(SigV4, SignsTheVanillaExample) {
    const auto headers = sign(example("GET", "/"));
    EXPECT_EQ(header(headers, "X-Amz-Date"), "20150830T123600Z");
    EXPECT_EQ(
        header(headers, "Authorization"),
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        "SignedHeaders=host;x-amz-date, "
        "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
    );
    EXPECT_EQ(header(headers, "X-Amz-Security-Token"), "");
}

TEST(SigV4, SignsMethodsQueriesAndPaths) {
    EXPECT_EQ(
        signature_of(example("POST", "/")),
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
    );
    EXPECT_EQ(
        signature_of(example("GET", "/", "Param2=value2&Param1=value1")),
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    );
    EXPECT_EQ(
        signature_of(example("GET", "/\xE1\x88\xB4")),
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"
    );
    EXPECT_EQ(
        signature_of(
            example("GET", "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
        ),
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
    );
    EXPECT_EQ(
        signature_of(example("GET", "/example space/")),
        "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"
    );
}

TEST(SigV4, SignsABodyAndOtherHeaders) {
    auto request = example("POST", "/");
    request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    request.body = "Param1=value1";
    EXPECT_EQ(
        signature_of(request), "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
    );
    auto trimmed = example("GET", "/");
    trimmed.headers.emplace_back("My-Header1", " value1");
    trimmed.headers.emplace_back("My-Header2", " \"a   b   c\"");
    EXPECT_EQ(
        signature_of(trimmed), "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
    );
}

TEST(SigV4, SignsTheTokenOfTemporaryCredentials) {
    auto who = example_credentials();
    who.session_token =
        "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfp"
        "SPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQ"
        "DYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+s"
        "cqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    const auto headers = sign(example("POST", "/"), who);
    EXPECT_EQ(header(headers, "X-Amz-Security-Token"), who.session_token);
    EXPECT_TRUE(header(headers, "Authorization")
                    .ends_with("SignedHeaders=host;x-amz-date;x-amz-security-token, Signature="
                               "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"));
}

TEST(SigV4, EncodesAnEncodedPathOnceMore) {
    const auto request = example("POST", "/model/anthropic.claude%3A0/converse-stream");
    EXPECT_TRUE(canonical_aws_request(
                    request, {{"host", "h"}}
    ).starts_with("POST\n/model/anthropic.claude%253A0/converse-stream\n\nhost:h\n"));
}

}  // namespace
}  // namespace sluice::upstream::testing
