#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sluice::gateway::load {

/// The times that a run measures. "Due" is when the schedule wanted the stream to be asked for: in
/// an open loop a stalled server delays nobody's due time, so that the wait is counted.
enum class metric {
    ttfb,          ///< due to first byte of the response
    ttfe,          ///< due to first event
    ttft_content,  ///< due to first content: text, reasoning, refusal, tool call or media
    ttft_visible,  ///< due to first content that is no reasoning
    ttft_sent,     ///< sent to first content
    gap,           ///< between two events with content of one stream, each
    tpot_decode,   ///< (last content - first content) / (output tokens - 1), one per stream
    ntpot,         ///< (done - due) / output tokens, one per stream
    e2e_content,   ///< due to last content
    e2e_done,      ///< due to the end of the stream
    e2e_sent,      ///< sent to the end of the stream
    added,         ///< a stamped token's sending to its arrival, each
    added_first,   ///< the same of first tokens
    resume,        ///< coming back to the first content after that
    schedule_lag,  ///< due to begun: the client's own lateness
};
inline constexpr std::size_t metric_count = 15;

/// What a metric is to people and to other tools.
struct metric_row {
    metric what;
    std::string_view key;         ///< in JSON and CSV
    std::string_view title;       ///< a few words
    std::string_view definition;  ///< a sentence
    std::string_view elsewhere;   ///< what vLLM, AIPerf, GuideLLM, inference-perf call it
};

/// One row for each metric, in the order of the enumeration.
const std::array<metric_row, metric_count>& metric_rows();

}  // namespace sluice::gateway::load
