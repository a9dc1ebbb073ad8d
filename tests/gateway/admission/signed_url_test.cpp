#include "gateway/admission/signed_url.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::system_clock;

const std::string id = "0-abcdefghijklmnopqrstuv";
const clock::time_point now{1'700'000'000s};

url_signature signature_of(const std::string& url) {
    const auto expires = url.find("?expires=") + 9;
    const auto signature = url.find("&signature=") + 11;
    return {url.substr(expires, url.find('&') - expires), url.substr(signature)};
}

TEST(SignedUrl, NamesTheStreamAndIsGoodUntilItExpires) {
    const url_signer signer{"a secret of the gateway"};
    const auto url = signer.sign(id, now + 60s);
    EXPECT_EQ(url.rfind("/v1/streams/" + id + "?expires=1700000060&signature=", 0), 0U);
    const auto signature = signature_of(url);
    EXPECT_TRUE(signer.verify(id, signature, now));
    EXPECT_TRUE(signer.verify(id, signature, now + 59s));
    EXPECT_FALSE(signer.verify(id, signature, now + 60s));
}

TEST(SignedUrl, IsGoodForNoOtherStreamTimeOrSecret) {
    const url_signer signer{"a secret of the gateway"};
    const auto good = signature_of(signer.sign(id, now + 60s));
    EXPECT_FALSE(signer.verify("0-abcdefghijklmnopqrstuw", good, now));
    EXPECT_FALSE(url_signer{"another secret of it all"}.verify(id, good, now));
    EXPECT_FALSE(signer.verify(id, {"1700009999", good.signature}, now));
    EXPECT_FALSE(signer.verify(id, {good.expires, ""}, now));
    for (std::size_t at = 0; at < good.signature.size(); ++at) {
        auto forged = good;
        forged.signature[at] = forged.signature[at] == 'a' ? 'b' : 'a';
        EXPECT_FALSE(signer.verify(id, forged, now)) << at;
    }
}

}  // namespace
}  // namespace sluice::gateway::testing
