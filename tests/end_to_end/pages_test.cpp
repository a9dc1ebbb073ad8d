#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/raw_client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::vector<std::string> documents{"/", "/dashboard"};

class Pages : public ::testing::Test {
 protected:
    gateway_process gateway{configuration_text().yaml()};
};

TEST_F(Pages, AreDocumentsUnderOneStrictPolicy) {
    for (const auto& path : documents) {
        SCOPED_TRACE(path);
        const auto page = gateway.ask(get(path));
        EXPECT_EQ(page.status, 200);
        EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
        EXPECT_THAT(page.body, StartsWith("<!doctype html>"));
        const auto policy = page.header("Content-Security-Policy");
        EXPECT_THAT(policy, StartsWith("default-src 'none'; script-src 'self'; style-src 'self';"));
        EXPECT_THAT(policy, HasSubstr("require-trusted-types-for 'script'"));
        EXPECT_EQ(page.header("Cross-Origin-Opener-Policy"), "same-origin");
        EXPECT_EQ(page.header("Referrer-Policy"), "no-referrer");
        EXPECT_EQ(page.header("X-Content-Type-Options"), "nosniff");
    }
}

TEST_F(Pages, HaveTheirStylesAndScriptsBesideThem) {
    const auto style = gateway.ask(get("/pages/common.css"));
    EXPECT_EQ(style.status, 200);
    EXPECT_EQ(style.header("Content-Type"), "text/css; charset=utf-8");
    EXPECT_EQ(style.header("X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(style.body, HasSubstr("--accent"));
    const auto script = gateway.ask(get("/pages/key_door.js"));
    EXPECT_EQ(script.header("Content-Type"), "text/javascript; charset=utf-8");
    EXPECT_THAT(script.body, HasSubstr("create_key_door"));
}

TEST_F(Pages, AreSentAgainOnlyWhenTheyChanged) {
    for (const auto* path : {"/", "/dashboard", "/pages/common.css"}) {
        SCOPED_TRACE(path);
        const auto first = gateway.ask(get(path));
        EXPECT_EQ(first.header("Cache-Control"), "no-cache");
        const auto tag = first.header("ETag");
        ASSERT_THAT(tag, StartsWith("\""));
        const auto again = gateway.ask(get(path).header("If-None-Match", tag));
        EXPECT_EQ(again.status, 304);
        EXPECT_EQ(again.body, "");
        EXPECT_EQ(again.header("ETag"), tag);
        const auto changed = gateway.ask(get(path).header("If-None-Match", "\"of-another-build\""));
        EXPECT_EQ(changed.status, 200);
        EXPECT_EQ(changed.body, first.body);
    }
}

TEST_F(Pages, TellTheirLengthToHead) {
    for (const auto* path : {"/", "/dashboard", "/pages/key_door.js"}) {
        SCOPED_TRACE(path);
        raw_client client(gateway.port());
        client.send(request("HEAD", path));
        const auto head = client.read_response(true);
        EXPECT_EQ(head.status, 200);
        const auto whole = gateway.ask(get(path)).body.size();
        EXPECT_EQ(head.header("Content-Length"), std::to_string(whole));
    }
}

TEST_F(Pages, HaveNoOthers) {
    for (const auto* path :
         {"/pages/nothing.js",
          "/pages/../main.cpp",
          "/pages/%2e%2e%2fmain.cpp",
          "/pages/dashboard.html",  // it is at /dashboard
          "/pages/common.css/",
          "/pages/pages.cpp"}) {
        SCOPED_TRACE(path);
        const auto answer = gateway.ask(get(path));
        EXPECT_EQ(answer.status, 404);
        EXPECT_EQ(answer.json().at("error").at("type"), "not_found_error");
    }
}

TEST_F(Pages, TakeNothing) {
    const auto answer = gateway.ask(post("/pages/common.css", nlohmann::json::object()));
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.header("Allow"), "GET, HEAD, OPTIONS");
}

TEST(PagesWhereKeysAreOn, AreForEverybody) {
    const gateway_process gateway(configuration_text().key("team", "sk-sluice-0123456789").yaml());
    for (const auto* path : {"/", "/dashboard", "/pages/common.css", "/pages/dashboard.js"})
        EXPECT_EQ(gateway.ask(get(path)).status, 200) << path;
}

}  // namespace
}  // namespace sluice::end_to_end
