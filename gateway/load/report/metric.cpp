#include "gateway/load/report/metric.hpp"

namespace sluice::gateway::load {

namespace {

constexpr std::array<metric_row, metric_count> rows{{
    {metric::ttfb,
     "ttfb",
     "due to first byte",
     "From when the schedule wanted the stream to the first byte of the response, its head "
     "included.",
     "k6: http_req_waiting, but from when it was sent"},
    {metric::ttfe,
     "ttfe",
     "due to first event",
     "From due to the first event of the stream, even one without content such as an empty role.",
     "vLLM bench: TTFT, which takes the first chunk with choices even if it is empty"},
    {metric::ttft_content,
     "ttft_content",
     "due to first content",
     "From due to the first event with content: text, reasoning, refusal, tool call or media.",
     "AIPerf, inference-perf, GuideLLM: TTFT, but from when it was sent; OpenTelemetry: "
     "gen_ai.client.operation.time_to_first_chunk"},
    {metric::ttft_visible,
     "ttft_visible",
     "due to first visible content",
     "From due to the first event with content that is no reasoning.",
     "AIPerf: TTFO (time to first output token)"},
    {metric::ttft_sent,
     "ttft_sent",
     "sent to first content",
     "From when the request was sent to the first event with content; hides what a stalled server "
     "made later requests wait.",
     "AIPerf, GuideLLM, inference-perf: TTFT"},
    {metric::gap,
     "gap",
     "gap between events",
     "Between two events with content of one stream, one after the other; each gap is one sample.",
     "vLLM bench, inference-perf: ITL; AIPerf: ICL (inter-chunk latency)"},
    {metric::tpot_decode,
     "tpot_decode",
     "time per output token",
     "(last content - first content) / (output tokens - 1); one sample per stream with two tokens "
     "or more.",
     "vLLM bench, inference-perf: TPOT; AIPerf, GuideLLM: ITL"},
    {metric::ntpot,
     "ntpot",
     "whole time per output token",
     "(end - due) / output tokens, the wait for the first one included; one sample per stream.",
     "inference-perf: NTPOT; GuideLLM: TPOT, but to the last token and from when it was sent; "
     "llmperf: ITL"},
    {metric::e2e_content,
     "e2e_content",
     "due to last content",
     "From due to the last event with content.",
     "vLLM bench: E2EL, but from when it was sent; its usage chunk and [DONE] do not count"},
    {metric::e2e_done,
     "e2e_done",
     "due to end",
     "From due to the end of the stream, its usage and terminal event included.",
     "AIPerf: request latency, GuideLLM: request latency, inference-perf: e2e, all from when it "
     "was sent"},
    {metric::e2e_sent,
     "e2e_sent",
     "sent to end",
     "From when the request was sent to the end of the stream.",
     "AIPerf, GuideLLM: request latency; inference-perf: e2e"},
    {metric::added,
     "added",
     "added per token",
     "From the mock's stamp in a token to its arrival: what stands between, and nothing of the "
     "model. Both ends need one clock.",
     ""},
    {metric::added_first,
     "added_first",
     "added to first token",
     "The same of the first token of each stream.",
     ""},
    {metric::resume,
     "resume",
     "resume to next content",
     "From coming back with Last-Event-ID to the first content after it.",
     ""},
    {metric::schedule_lag,
     "schedule_lag",
     "schedule lag",
     "From due to when the client began to ask: its own lateness, which every time from due "
     "includes.",
     ""},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].what) != i) return false;
    }
    return true;
}
static_assert(in_order());

}  // namespace

const std::array<metric_row, metric_count>& metric_rows() {
    return rows;
}

}  // namespace sluice::gateway::load
