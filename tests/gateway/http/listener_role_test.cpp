#include "gateway/http/listener_role.hpp"

#include "gateway/http/endpoints.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

constexpr auto open = audience::everybody;

TEST(ListenerRole, WithoutAListenerForOperatorsEverythingIsServed) {
    for (const auto whom : {audience::everybody, audience::keys, audience::operators})
        EXPECT_TRUE(is_served(whom, endpoint::metrics, listener_role::everybody));
}

TEST(ListenerRole, ClientsFindNothingThatIsForOperators) {
    EXPECT_FALSE(is_served(audience::operators, endpoint::metrics, listener_role::clients));
    EXPECT_TRUE(is_served(audience::keys, endpoint::generate, listener_role::clients));
    EXPECT_TRUE(is_served(open, endpoint::native_get, listener_role::clients));
    EXPECT_TRUE(is_served(open, endpoint::live, listener_role::clients));
}

TEST(ListenerRole, OperatorsFindTheirOwnAndProbesAndPages) {
    EXPECT_TRUE(is_served(audience::operators, endpoint::stream_list, listener_role::operators));
    for (const auto what :
         {endpoint::live,
          endpoint::ready,
          endpoint::page,
          endpoint::dashboard,
          endpoint::page_file,
          endpoint::session_read,
          endpoint::session_begin,
          endpoint::session_end,
          endpoint::stream_stop})
        EXPECT_TRUE(is_served(open, what, listener_role::operators));
    for (const auto what :
         {endpoint::native_get, endpoint::stream_attach, endpoint::ollama_version})
        EXPECT_FALSE(is_served(open, what, listener_role::operators));
    EXPECT_FALSE(is_served(audience::keys, endpoint::generate, listener_role::operators));
}

}  // namespace
}  // namespace sluice::gateway::testing
