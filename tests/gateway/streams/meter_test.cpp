#include "gateway/streams/meter.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using clock = meter::clock;

upstream::batch of(std::vector<upstream::item> items) {
    upstream::batch batch;
    batch.items = std::move(items);
    return batch;
}

upstream::usage usage(std::optional<std::int64_t> input, std::optional<std::int64_t> output) {
    upstream::usage told;
    told.input_tokens = input;
    told.output_tokens = output;
    return told;
}

TEST(Meter, EstimatesATokenPerItemUntilTheProviderTells) {
    meter subject;
    subject.see(of({upstream::text_delta{0, "a"}, upstream::reasoning_delta{0, "b"}}), {});
    subject.see(of({upstream::finish{}, upstream::identity{}}), {});
    EXPECT_EQ(subject.output_tokens(), 2);
    EXPECT_EQ(subject.usage().output_tokens, 2);
    EXPECT_EQ(subject.usage().input_tokens, std::nullopt);  // absent is not zero
    subject.see(of({usage(7, 40)}), {});
    EXPECT_EQ(subject.output_tokens(), 40);
    EXPECT_EQ(subject.usage(), usage(7, 40));
}

TEST(Meter, TakesTheLatestUsageAndAddsNothingUp) {
    meter subject;
    subject.see(of({usage(7, 1), usage(7, 2)}), {});
    subject.see(of({usage(7, 3)}), {});
    EXPECT_EQ(subject.usage(), usage(7, 3));
}

TEST(Meter, RemembersWhenTheFirstContentCame) {
    meter subject;
    const clock::time_point start{};
    subject.see(of({upstream::identity{}, upstream::verbatim{"ping", false}}), start);
    EXPECT_EQ(subject.first_content(), std::nullopt);
    subject.see(of({upstream::text_delta{0, "a"}}), start + std::chrono::seconds{1});
    subject.see(of({upstream::text_delta{0, "b"}}), start + std::chrono::seconds{2});
    EXPECT_EQ(subject.first_content(), start + std::chrono::seconds{1});
}

TEST(Meter, CountsRelayedFramesOfContentButNotTheOneThatTellsTheFinish) {
    meter subject;
    subject.see(of({upstream::verbatim{"role frame", false}}), {});
    EXPECT_EQ(subject.output_tokens(), 0);
    subject.see(of({upstream::verbatim{"a", true}, upstream::verbatim{"b", true}}), {});
    EXPECT_EQ(subject.output_tokens(), 2);
    subject.see(of({upstream::finish{}, upstream::verbatim{"finish", true}}), {});
    EXPECT_EQ(subject.output_tokens(), 2);
}

}  // namespace
}  // namespace sluice::gateway::testing
