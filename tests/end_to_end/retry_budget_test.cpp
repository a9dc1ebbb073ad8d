#include "tests/end_to_end/support/routed_model.hpp"

#include <gtest/gtest.h>

namespace sluice::end_to_end {
namespace {

TEST(RetryBudget, OfNothingMeansOneAttemptForEachRequest) {
    fake_upstream only(refuse(503));
    const gateway_process gateway(
        routed_model().openai(only).policy("attempts: 3, backoff: 0ms, retry_budget: 0%").yaml()
    );
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(gateway.ask(ask_chat(false)).status, 503);
    EXPECT_EQ(only.calls(), 10U);
    EXPECT_GE(look_at_route(gateway).at("budget_spent"), 10);
}

TEST(RetryBudget, KeepsAnOutageFromBeingAmplified) {
    constexpr int requests = 200;
    fake_upstream only(refuse(503));
    const gateway_process gateway(
        routed_model().openai(only).policy("attempts: 3, backoff: 0ms, backoff_max: 1ms").yaml()
    );
    const auto began = steady::now();
    for (int i = 0; i < requests; ++i)
        EXPECT_EQ(gateway.ask(ask_chat(false)).status, 503);
    // A fifth, ten to begin with, and one for each second.
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(steady::now() - began).count();
    const auto most = requests + requests / 5 + 10 + static_cast<std::size_t>(seconds) + 1;
    EXPECT_LE(only.calls(), most);
    EXPECT_GE(only.calls(), requests + requests / 5U);
}

TEST(RetryBudget, IsNotNeededToGoToATargetThatIsWell) {
    fake_upstream first(refuse(503));
    fake_upstream second(say({"second"}));
    const gateway_process gateway(routed_model()
                                      .openai(first, "", "breaker: off")
                                      .openai(second, "priority: 2")
                                      .policy("retry_budget: 0%, backoff: 1ms")
                                      .yaml());
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(gateway.ask(ask_chat(false)).status, 200);
    EXPECT_EQ(first.calls(), 20U);
}

}  // namespace
}  // namespace sluice::end_to_end
