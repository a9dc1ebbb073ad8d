#include "tests/end_to_end/support/configuration_text.hpp"
#include "tests/end_to_end/support/event_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

namespace sluice::end_to_end {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

/// The value of a sample, by its name and labels; -1 where there is none.
double sample(const gateway_process& gateway, const std::string& series) {
    std::istringstream lines(gateway.ask(get("/metrics")).body);
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind(series + " ", 0) == 0) return std::stod(line.substr(line.rfind(' ')));
    }
    return -1;
}

TEST(Metrics, AreInPrometheusTextFormat) {
    const gateway_process gateway(configuration_text().yaml());
    const auto response = gateway.ask(get("/metrics"));
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.header("Content-Type"), HasSubstr("text/plain"));
    // The mock's own are under the names of vLLM, which have a colon.
    const std::regex comment("# (HELP|TYPE) (sluice_|gen_ai_|process_|vllm:)[a-z0-9_]+ .+");
    const std::regex sample(R"((sluice_|gen_ai_|process_|vllm:)[a-z0-9_]+(\{[^{}]*\})? [0-9.e+-]+)"
    );
    std::istringstream lines(response.body);
    for (std::string line; std::getline(lines, line);) {
        EXPECT_TRUE(std::regex_match(line, comment) || std::regex_match(line, sample)) << line;
    }
    EXPECT_THAT(response.body, HasSubstr("\nvllm:num_requests_running{model_name=\"mock\"} "));
}

TEST(Metrics, CountLiveStreamsTokensAndOutcomes) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    EXPECT_EQ(sample(gateway, "sluice_streams_active"), 0);
    open_stream live(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("X-Mock-Tokens", "5000")
            .header("X-Mock-Rate", "20")
    );
    live.expect_next();
    EXPECT_EQ(sample(gateway, "sluice_streams_active"), 1);
    gateway.ask(remove(live.url()));
    live.rest();
    EXPECT_TRUE(eventually([&] { return sample(gateway, "sluice_streams_active") == 0; }));
    open_stream whole(
        gateway, post("/v1/streams", {{"prompt", "Hi"}}).header("X-Mock-Tokens", "7")
    );
    whole.rest();
    const auto ended = [&](const std::string& outcome) {
        return sample(gateway, "sluice_streams_total{outcome=\"" + outcome + "\"}");
    };
    EXPECT_TRUE(eventually([&] { return ended("completed") == 1; }));
    EXPECT_EQ(ended("cancelled"), 1);
    EXPECT_GE(sample(gateway, "sluice_output_tokens_total"), 8);
    EXPECT_GT(sample(gateway, "sluice_input_tokens_total"), 0);
}

TEST(Metrics, DoNotGrowWithWhatClientsMakeUp) {
    const gateway_process gateway(configuration_text().yaml());
    raw_client client = gateway.connect();
    const auto before = gateway.ask(get("/metrics")).body.size();
    for (int i = 0; i < 200; ++i) {
        client.send(post("/v1/streams", {{"prompt", "x"}, {"model", "m" + std::to_string(i)}}));
        client.read_response();
        client.send(get("/path" + std::to_string(i)));
        client.read_response();
    }
    EXPECT_LT(gateway.ask(get("/metrics")).body.size(), before + 4096);
}

const std::string mock_series = R"({route="mock",provider="mock",model="mock",dialect="native")";
const std::string mock_genai =
    R"({gen_ai_operation_name="chat",gen_ai_provider_name="mock",gen_ai_request_model="mock")";

TEST(Metrics, MeasureAStreamFromItsRequestToItsEnd) {
    const gateway_process gateway(configuration_text().server("workers: 2").yaml());
    open_stream stream(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("X-Mock-Tokens", "20")
            .header("X-Mock-Rate", "200")
            .header("X-Mock-Ttft-Ms", "50")
    );
    stream.rest();
    const auto of = [&](const std::string& series) { return sample(gateway, series); };
    EXPECT_TRUE(eventually([&] {
        return of("sluice_stream_duration_seconds_count" + mock_series + ",outcome=\"completed\"}"
               ) == 1;
    }));
    EXPECT_EQ(of("sluice_time_to_first_token_seconds_count" + mock_series + "}"), 1);
    const auto first = of("sluice_time_to_first_token_seconds_sum" + mock_series + "}");
    EXPECT_GE(first, 0.05);
    EXPECT_EQ(of("sluice_inter_token_latency_seconds_count" + mock_series + "}"), 19);
    const auto between = of("sluice_inter_token_latency_seconds_sum" + mock_series + "}");
    EXPECT_GT(between, 0.05) << "19 times 5 ms, as far as the machine keeps time";
    const auto whole =
        of("sluice_stream_duration_seconds_sum" + mock_series + ",outcome=\"completed\"}");
    EXPECT_GE(whole, first + between - 0.001);
    const std::string attempts = R"({provider="mock",model="mock",outcome="completed"})";
    EXPECT_EQ(of("sluice_upstream_attempts_total" + attempts), 1);
    EXPECT_EQ(of("sluice_added_latency_seconds_count{phase=\"first\"}"), 1);
    EXPECT_GT(of("sluice_added_latency_seconds_count{phase=\"event\"}"), 0);

    const auto output = mock_genai + ",gen_ai_token_type=\"output\"}";
    EXPECT_EQ(of("gen_ai_client_token_usage_sum" + output), 20);
    EXPECT_EQ(of("gen_ai_client_operation_duration_seconds_count" + mock_genai + "}"), 1);
    EXPECT_EQ(
        of("gen_ai_client_operation_time_to_first_chunk_seconds_count" + mock_genai + "}"), 1
    );
    EXPECT_EQ(
        of("gen_ai_client_operation_time_per_output_chunk_seconds_count" + mock_genai + "}"), 19
    );
    EXPECT_EQ(of("gen_ai_server_request_duration_seconds_sum" + mock_genai + "}"), whole);
    EXPECT_EQ(of("gen_ai_server_time_to_first_token_seconds_sum" + mock_genai + "}"), first);
    EXPECT_EQ(of("gen_ai_server_time_per_output_token_seconds_count" + mock_genai + "}"), 1);
}

TEST(Metrics, LeaveLatenciesOutWhereNobodyWantsThem) {
    const gateway_process gateway(configuration_text().top("telemetry: {histograms: false}").yaml()
    );
    open_stream stream(gateway, post("/v1/streams", {{"prompt", "Hi"}}));
    stream.rest();
    const std::string attempts = R"({provider="mock",model="mock",outcome="completed"})";
    EXPECT_TRUE(eventually([&] {
        return sample(gateway, "sluice_upstream_attempts_total" + attempts) == 1;
    }));
    const auto text = gateway.ask(get("/metrics")).body;
    EXPECT_THAT(text, Not(HasSubstr("{route=")));
    EXPECT_THAT(text, Not(HasSubstr("gen_ai_provider_name=")));
    EXPECT_THAT(text, HasSubstr("sluice_added_latency_seconds_count{phase=\"event\"} 0\n"));
}

TEST(Metrics, TellWhenClientsLeftTheirStreams) {
    const gateway_process gateway(configuration_text().yaml());
    const auto left = [&](const std::string& phase) {
        return sample(gateway, "sluice_client_disconnects_total{phase=\"" + phase + "\"}");
    };
    const auto ask = [] { return post("/v1/streams", {{"prompt", "Hi"}}); };
    raw_client early = gateway.connect();
    early.send(ask().header("X-Mock-Ttft-Ms", "60000"));
    ASSERT_TRUE(eventually([&] { return sample(gateway, "sluice_streams_active") == 1; }));
    early.close();
    EXPECT_TRUE(eventually([&] { return left("before_first_token") == 1; }));
    open_stream amid(gateway, ask().header("X-Mock-Tokens", "5000").header("X-Mock-Rate", "20"));
    amid.expect_next();  // the start
    amid.expect_next();
    amid.client().close();
    EXPECT_TRUE(eventually([&] { return left("streaming") == 1; }));

    // It has ended long since; what this client has not read yet does not fit into the kernel.
    const auto detached = gateway.ask(
        post("/v1/streams?detach=true", {{"prompt", "Hi"}}).header("X-Mock-Tokens", "20000")
    );
    const auto url = json::parse(detached.body).at("url").get<std::string>();
    const std::string completed = "sluice_streams_total{outcome=\"completed\"}";
    ASSERT_TRUE(eventually([&] { return sample(gateway, completed) == 1; }));
    {
        raw_client late(gateway.port(), 4096);
        late.send(get(url));
        late.read_head();
    }
    EXPECT_TRUE(eventually([&] { return left("after_end") == 1; }));
    open_stream patient(gateway, get(url));
    patient.rest();
    EXPECT_EQ(left("before_first_token") + left("streaming") + left("after_end"), 3)
        << "who has had all of it may go";
}

TEST(Metrics, TellHowStreamsBreakBehindTheirFirstContent) {
    const gateway_process gateway(configuration_text().yaml());
    const std::string name = "sluice_midstream_failures_total";
    for (const auto* cause :
         {"upstream_error", "upstream_eof", "progress_timeout", "deadline", "slow_reader"})
        EXPECT_EQ(sample(gateway, name + "{cause=\"" + cause + "\"}"), 0) << cause;
    const auto ask = [] { return post("/v1/streams", {{"prompt", "Hi"}}); };
    open_stream broken(gateway, ask().header("X-Mock-Error", "reset-after=3"));
    broken.rest();
    const auto failed = [&] {
        return sample(gateway, "sluice_streams_total{outcome=\"upstream_error\"}");
    };
    EXPECT_TRUE(eventually([&] { return failed() == 1; }));
    EXPECT_EQ(sample(gateway, name + "{cause=\"upstream_error\"}"), 1);
    gateway.ask(ask().header("X-Mock-Error", "500"));
    EXPECT_TRUE(eventually([&] { return failed() == 2; }));
    EXPECT_EQ(sample(gateway, name + "{cause=\"upstream_error\"}"), 1)
        << "its client was told by a status";
}

TEST(Metrics, CountTokensThatWereMadeForNobody) {
    const gateway_process gateway(configuration_text().streams("retention: 0s").yaml());
    gateway.ask(post("/v1/streams?detach=true", {{"prompt", "Hi"}}).header("X-Mock-Tokens", "30"));
    EXPECT_TRUE(eventually([&] { return sample(gateway, "sluice_wasted_tokens_total") == 30; }));
    EXPECT_EQ(sample(gateway, "sluice_output_tokens_total"), 30);
}

TEST(Metrics, LookAtTheLoopWhileStreamsRun) {
    const gateway_process gateway(configuration_text().yaml());
    const std::string looks = "sluice_event_loop_lag_seconds_count";
    EXPECT_EQ(sample(gateway, looks), 0);
    open_stream live(
        gateway,
        post("/v1/streams", {{"prompt", "Hi"}})
            .header("X-Mock-Tokens", "5000")
            .header("X-Mock-Rate", "20")
    );
    // More than the second after the request.
    EXPECT_TRUE(eventually([&] { return sample(gateway, looks) >= 15; }));
    gateway.ask(remove(live.url()));
}

TEST(Metrics, TellWhatRunsAndWhatItTakes) {
    const gateway_process gateway(configuration_text().yaml());
    const auto text = gateway.ask(get("/metrics")).body;
    EXPECT_THAT(text, HasSubstr("\nsluice_build_info{version=\"0.1.0\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nsluice_store_up 1\n"));
    EXPECT_THAT(text, HasSubstr("\nsluice_log_lines_dropped_total 0\n"));
    EXPECT_THAT(text, HasSubstr("\nsluice_trace_spans_total{result=\"dropped\"} 0\n"));
    for (const auto* name :
         {"process_cpu_seconds_total",
          "process_resident_memory_bytes",
          "process_open_fds",
          "process_start_time_seconds"})
        EXPECT_GT(sample(gateway, name), 0) << name;
}

}  // namespace
}  // namespace sluice::end_to_end
