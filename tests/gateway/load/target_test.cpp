#include "gateway/load/wire/target.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::load::testing {

namespace {

TEST(LoadTarget, IsReadOfAUrl) {
    const auto to = parse_target("http://127.0.0.1:8080/v1/chat/completions?a=b");
    ASSERT_TRUE(to) << to.error();
    EXPECT_FALSE(to->tls);
    EXPECT_EQ(to->host, "127.0.0.1");
    EXPECT_EQ(to->port, "8080");
    EXPECT_EQ(to->authority, "127.0.0.1:8080");
    EXPECT_EQ(to->path, "/v1/chat/completions?a=b");
}

TEST(LoadTarget, HasTheSchemesPortAndTheRootByDefault) {
    const auto to = parse_target("https://example.com");
    ASSERT_TRUE(to) << to.error();
    EXPECT_TRUE(to->tls);
    EXPECT_EQ(to->port, "443");
    EXPECT_EQ(to->path, "/");
    EXPECT_EQ(parse_target("http://example.com?x")->path, "/?x");
    EXPECT_EQ(parse_target("http://example.com")->port, "80");
}

TEST(LoadTarget, TakesTheBracketsOffAnAddress) {
    const auto to = parse_target("http://[::1]:81/");
    ASSERT_TRUE(to) << to.error();
    EXPECT_EQ(to->host, "::1");
    EXPECT_EQ(to->port, "81");
    EXPECT_EQ(to->authority, "[::1]:81");
}

TEST(LoadTarget, RefusesWhatIsNoUrlAndNamesIt) {
    for (const char* url :
         {"",
          "127.0.0.1:80",
          "ftp://a/",
          "http://",
          "http:///path",
          "http://a:0/",
          "http://a:65536/",
          "http://a:/",
          "http://a:8x/",
          "http://u@a/",
          "http://a/b c",
          "http://a/b\r\nX: y",
          "http://[::1",
          "http://[]/",
          "http://[::1]80/",
          "http://a/#b"}) {
        const auto to = parse_target(url);
        ASSERT_FALSE(to) << url;
        EXPECT_NE(to.error().find(url), std::string::npos) << to.error();
    }
}

}  // namespace

}  // namespace sluice::gateway::load::testing
