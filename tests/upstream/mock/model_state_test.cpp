#include "upstream/mock/model_state.hpp"

#include "upstream/mock/mock_metrics.hpp"
#include "upstream/mock/request_record.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace sluice::upstream::mock {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using time_point = conditions::time_point;

constexpr time_point start{1000h};

mock_settings with_fault(double chance, const char* error) {
    mock_settings made;
    made.faults.push_back({chance, *parse_fault(error)});
    return made;
}

TEST(MockModelState, LetsFaultsStrikeAsOftenAsTheirChanceSays) {
    const model_state state(with_fault(0.1, "503"), start);
    int struck = 0;
    for (std::uint64_t n = 1; n <= 10'000; ++n)
        struck += state.fault_of(n, start) ? 1 : 0;
    EXPECT_NEAR(struck, 1000, 100);
}

TEST(MockModelState, StrikesTheSameRequestsForTheSameSeed) {
    const model_state state(with_fault(0.1, "503"), start);
    const model_state again(with_fault(0.1, "503"), start);
    mock_settings other_seed = with_fault(0.1, "503");
    other_seed.seed = 2;
    const model_state other(other_seed, start);
    bool differs = false;
    for (std::uint64_t n = 1; n <= 1000; ++n) {
        EXPECT_EQ(state.fault_of(n, start), again.fault_of(n, start));
        differs = differs || state.fault_of(n, start) != other.fault_of(n, start);
    }
    EXPECT_TRUE(differs);
}

TEST(MockModelState, StrikesAlwaysOrNeverWhereThatIsTheChance) {
    const model_state always(with_fault(1, "503"), start);
    const model_state never(with_fault(0, "503"), start);
    for (std::uint64_t n = 1; n <= 1000; ++n) {
        EXPECT_TRUE(always.fault_of(n, start));
        EXPECT_FALSE(never.fault_of(n, start));
    }
}

TEST(MockModelState, HasBurstsOfErrors) {
    mock_settings settings;
    change burst;
    burst.at = 10s;
    burst.lasts = 5s;
    burst.error = *parse_fault("529");
    settings.changes.push_back(burst);
    const model_state state(settings, start);
    EXPECT_FALSE(state.fault_of(1, start + 9s));
    EXPECT_EQ(state.fault_of(1, start + 12s).value, 529);
    EXPECT_FALSE(state.fault_of(1, start + 15s));
}

TEST(MockModelState, NumbersItsRequestsFromOne) {
    model_state state({}, start);
    EXPECT_EQ(state.next_number(), 1U);
    EXPECT_EQ(state.next_number(), 2U);
    EXPECT_NE(state.seed_of(1), state.seed_of(2));
}

TEST(MockModelState, IsSlowedDownByChangesAndByItsQueue) {
    mock_settings settings;
    settings.queue = {2, 0, 1};
    change slow;
    slow.gap_factor = 3;
    settings.changes.push_back(slow);
    model_state state(settings, start);
    boost::asio::io_context context;
    const auto a = state.slots.enter(context, [] {});
    EXPECT_EQ(state.gap_factor(start), 3);
    const auto b = state.slots.enter(context, [] {});
    EXPECT_EQ(state.gap_factor(start), 6);
    EXPECT_EQ(state.ttft_factor(start), 1);
}

TEST(MockRequestRecord, SettlesWhatARequestWasWhenItEnds) {
    figures done;
    {
        request_record record(done, start);
        record.begin(start + 100ms, 40);
        EXPECT_EQ(done.held_tokens, 40);
        record.token(start + 300ms);
        record.token(start + 320ms);
        record.token(start + 380ms);
        record.taken(3);
        record.end(figures::end::length, start + 400ms);
    }
    EXPECT_EQ(done.held_tokens, 0);
    EXPECT_EQ(done.generated_tokens, 3);
    EXPECT_EQ(done.prompt_tokens, 40);
    EXPECT_EQ(done.ended[1], 1);
    EXPECT_EQ(done.ended[2], 0) << "it has ended once";
    EXPECT_NEAR(done.wait.sum_s(), 0.1, 1e-9);
    EXPECT_NEAR(done.first_token.sum_s(), 0.3, 1e-9);
    EXPECT_EQ(done.first_token.count(9), 1U);  // 0.25 to 0.5
    EXPECT_EQ(done.gap.count(1), 1U);          // 0.01 to 0.025
    EXPECT_EQ(done.gap.count(3), 1U);          // 0.05 to 0.075
    EXPECT_NEAR(done.gap.sum_s(), 0.08, 1e-9);
    EXPECT_NEAR(done.mean_gap.sum_s(), 0.04, 1e-9);
    EXPECT_NEAR(done.whole.sum_s(), 0.4, 1e-9);
}

TEST(MockRequestRecord, TellsItsTokensByAndBy) {
    figures done;
    request_record record(done, start);
    record.begin(start, 40);
    for (int i = 1; i < request_record::tokens_per_telling; ++i)
        record.taken(1);
    EXPECT_EQ(done.generated_tokens, 0);
    EXPECT_EQ(done.held_tokens, 40);
    record.taken(1);
    EXPECT_EQ(done.generated_tokens, request_record::tokens_per_telling);
    EXPECT_EQ(done.held_tokens, 40 + request_record::tokens_per_telling);
    record.taken(5);
    record.end(figures::end::stop, start + 1s);
    EXPECT_EQ(done.generated_tokens, request_record::tokens_per_telling + 5);
    EXPECT_EQ(done.held_tokens, 0);
}

TEST(MockRequestRecord, CountsWhatEachTokenChangesApartFromTheRest) {
    const figures done;
    const auto line_of = [](const auto& counter) {
        return reinterpret_cast<std::uintptr_t>(&counter) / cache_line_bytes;
    };
    EXPECT_NE(line_of(done.generated_tokens), line_of(done.held_tokens));
    EXPECT_NE(line_of(done.prompt_tokens), line_of(done.held_tokens));
    EXPECT_NE(line_of(done.prompt_tokens), line_of(done.generated_tokens));
}

TEST(MockRequestRecord, IsAnAbortWhereItIsNeverEnded) {
    figures done;
    {
        request_record record(done, start);
        record.begin(start, 5);
        record.taken(1);
    }
    EXPECT_EQ(done.ended[2], 1);
    EXPECT_EQ(done.held_tokens, 0);
}

TEST(MockRequestRecord, OfARefusedRequestHasNoTimes) {
    figures done;
    request_record(done, start).end(figures::end::error, start + 1s);
    EXPECT_EQ(done.ended[3], 1);
    EXPECT_EQ(done.whole.sum_s(), 0);
}

TEST(MockMetrics, HaveTheNamesLabelsAndBucketsOfVllm) {
    mock_settings settings;
    settings.queue = {1, 0, 0};
    const auto state = std::make_shared<model_state>(settings, start);
    boost::asio::io_context context;
    const auto a = state->slots.enter(context, [] {});
    const auto b = state->slots.enter(context, [] {});
    {
        request_record record(state->done, start);
        record.begin(start, 40);
        record.token(start + 300ms);
        record.token(start + 320ms);
        record.taken(2);
        record.end(figures::end::stop, start + 320ms);
    }
    const std::string text = mock_metrics_text({{"mock", state}});
    for (const char* const line : {
             "# TYPE vllm:num_requests_running gauge\n",
             "\nvllm:num_requests_running{model_name=\"mock\"} 1.0\n",
             "\nvllm:num_requests_waiting{model_name=\"mock\"} 1.0\n",
             "\nvllm:kv_cache_usage_perc{model_name=\"mock\"} 0.0\n",
             "# TYPE vllm:prompt_tokens_total counter\n",
             "\nvllm:prompt_tokens_total{model_name=\"mock\"} 40.0\n",
             "\nvllm:generation_tokens_total{model_name=\"mock\"} 2.0\n",
             "\nvllm:prefix_cache_queries_total{model_name=\"mock\"} 0.0\n",
             "\nvllm:prefix_cache_hits_total{model_name=\"mock\"} 0.0\n",
             "\nvllm:request_success_total{model_name=\"mock\",finished_reason=\"stop\"} 1.0\n",
             "\nvllm:request_success_total{model_name=\"mock\",finished_reason=\"abort\"} 0.0\n",
             "# TYPE vllm:time_to_first_token_seconds histogram\n",
             "\nvllm:time_to_first_token_seconds_bucket{model_name=\"mock\",le=\"0.25\"} 0.0\n",
             "\nvllm:time_to_first_token_seconds_bucket{model_name=\"mock\",le=\"0.5\"} 1.0\n",
             "\nvllm:time_to_first_token_seconds_bucket{model_name=\"mock\",le=\"2560.0\"} 1.0\n",
             "\nvllm:time_to_first_token_seconds_bucket{model_name=\"mock\",le=\"+Inf\"} 1.0\n",
             "\nvllm:time_to_first_token_seconds_sum{model_name=\"mock\"} 0.3\n",
             "\nvllm:time_to_first_token_seconds_count{model_name=\"mock\"} 1.0\n",
             "\nvllm:inter_token_latency_seconds_bucket{model_name=\"mock\",le=\"0.025\"} 1.0\n",
             "\nvllm:time_per_output_token_seconds_count{model_name=\"mock\"} 1.0\n",
             "\nvllm:e2e_request_latency_seconds_bucket{model_name=\"mock\",le=\"0.5\"} 1.0\n",
             "\nvllm:request_queue_time_seconds_count{model_name=\"mock\"} 1.0\n",
         }) {
        EXPECT_THAT(text, HasSubstr(line));
    }
}

TEST(MockMetrics, DeclareEachNameOnceHoweverManyModelsThereAre) {
    const auto one = std::make_shared<model_state>(mock_settings(), start);
    const auto two = std::make_shared<model_state>(mock_settings(), start);
    const std::string text = mock_metrics_text({{"a", one}, {"say \"b\\\"", two}});
    const std::string declared = "# TYPE vllm:num_requests_running gauge\n";
    EXPECT_EQ(text.find(declared), text.rfind(declared));
    EXPECT_THAT(text, HasSubstr("vllm:num_requests_running{model_name=\"a\"} 0.0\n"));
    EXPECT_THAT(text, HasSubstr("{model_name=\"say \\\"b\\\\\\\"\"} 0.0\n"));
    EXPECT_EQ(mock_metrics_text({}), "");
}

TEST(MockMetrics, TellHowMuchOfTheMemoryIsInUse) {
    mock_settings settings;
    settings.cache.blocks_max = 10;
    settings.cache.block_tokens = 64;
    model_state state(settings, start);
    request_record record(state.done, start);
    record.begin(start, 160);
    EXPECT_EQ(state.memory_use(), 0.25);
}

}  // namespace
}  // namespace sluice::upstream::mock
