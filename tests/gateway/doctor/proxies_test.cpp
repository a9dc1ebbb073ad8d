#include "gateway/doctor/proxies.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::doctor::testing {
namespace {

struct row {
    std::string name;
    std::string value;
    proxy who;
};

const std::vector<row> rows{
    {"server", "nginx/1.22.1", proxy::nginx},
    {"server", "openresty", proxy::nginx},
    {"server", "Caddy", proxy::caddy},
    {"via", "1.1 Caddy", proxy::caddy},
    {"server", "envoy", proxy::envoy},
    {"via", "1.1 varnish", proxy::varnish},
    {"cf-ray", "8f2e1-AMS", proxy::cloudflare},
    {"x-amz-cf-id", "abc==", proxy::cloudfront},
    {"via", "1.1 d4f.cloudfront.net (CloudFront)", proxy::cloudfront},
    {"x-cache", "Miss from cloudfront", proxy::cloudfront},
    {"server", "awselb/2.0", proxy::alb},
    {"set-cookie", "AWSALB=abc; Path=/", proxy::alb},
    {"via", "1.1 google", proxy::google},
    {"x-azure-ref", "0abc", proxy::front_door},
    {"server", "Microsoft-Azure-Application-Gateway/v2", proxy::app_gateway},
};

TEST(Proxies, AreKnownByWhatTheyWriteIntoAnswers) {
    for (const auto& [name, value, who] : rows) {
        SCOPED_TRACE(value);
        reply answer;
        answer.headers = {{"content-type", "application/json"}, {name, value}};
        EXPECT_EQ(proxies_in({&answer}), std::vector{who});
    }
}

TEST(Proxies, AreNamedOnceEachWhereSeveralStandInARow) {
    reply first;
    first.headers = {{"server", "cloudflare"}, {"cf-ray", "1"}, {"via", "1.1 google"}};
    reply second = first;
    const std::vector wanted{proxy::cloudflare, proxy::google};
    EXPECT_EQ(proxies_in({&first, &second}), wanted);
}

TEST(Proxies, AreNotGuessedFromWhatAnyServerMaySay) {
    reply answer;
    answer.headers = {{"server", "Apache"}, {"via", "1.1 proxy"}, {"x-cache", "MISS"}};
    EXPECT_TRUE(proxies_in({&answer}).empty());
}

TEST(Proxies, HaveSomethingToSetAgainstBufferingEach) {
    for (int who = 0; who <= static_cast<int>(proxy::app_gateway); ++who) {
        SCOPED_TRACE(to_string(static_cast<proxy>(who)));
        EXPECT_FALSE(remedy(static_cast<proxy>(who), trouble::buffering).empty());
    }
}

}  // namespace
}  // namespace sluice::gateway::doctor::testing
