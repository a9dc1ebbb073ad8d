#include "gateway/http/pages_endpoint.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

TEST(EntityTag, IsFoundInAListAndWeakened) {
    for (const auto* header :
         {"\"a1\"", "W/\"a1\"", "*", "\"b2\", \"a1\"", "\"b2\",W/\"a1\" ", " \"a1\" ,\"b2\""})
        EXPECT_TRUE(names_etag(header, "\"a1\"")) << header;
}

TEST(EntityTag, IsNoOther) {
    for (const auto* header : {"", " ", ",", "a1", "\"a\"", "\"a1", "\"b2\", \"c3\"", "W/", "**"})
        EXPECT_FALSE(names_etag(header, "\"a1\"")) << header;
}

}  // namespace
}  // namespace sluice::gateway::testing
