#include "gateway/doctor/pacing.hpp"

#include <algorithm>

namespace sluice::gateway::doctor {

namespace {

/// What a network may add to one event in ten before it is called a buffer; people see more.
constexpr double late_max_ms = 150;
/// What comes within it came together.
constexpr double together_ms = 8;
/// Less than this long a stream looks the same, whoever buffers.
constexpr double span_least_ms = 400;

struct burst {
    double came_ms = 0;
    std::size_t events = 0;
    std::size_t bytes = 0;
};

std::vector<burst> bursts_of(const std::vector<piece>& pieces) {
    std::vector<burst> found;
    double last_ms = 0;
    for (const piece& each : pieces) {
        if (found.empty() || each.came_ms - last_ms > together_ms)
            found.push_back({each.came_ms, 0, 0});
        ++found.back().events;
        found.back().bytes += each.bytes;
        last_ms = each.came_ms;
    }
    return found;
}

double quantile(std::vector<double> values, double share) {
    if (values.empty()) return 0;
    const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
    std::nth_element(
        values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end()
    );
    return values[at];
}

/// When each was made, on one clock: the maker's, where all of them say it.
std::vector<double> made_times(const stream_facts& seen) {
    const bool told = std::ranges::all_of(seen.pieces, [](const piece& each) {
        return each.made_ms.has_value();
    });
    std::vector<double> times;
    for (const piece& each : seen.pieces) {
        const double by_pace = static_cast<double>(times.size()) * seen.pace_ms;
        times.push_back(told ? *each.made_ms : by_pace);
    }
    return times;
}

std::vector<double> delays(const stream_facts& seen, const std::vector<double>& made) {
    std::vector<double> late;
    for (std::size_t i = 0; i < made.size(); ++i)
        late.push_back(seen.pieces[i].came_ms - made[i]);
    const double quickest = *std::min_element(late.begin(), late.end());
    for (double& each : late)
        each -= quickest;
    return late;
}

/// From one burst to the next, and from the request to the first.
std::vector<double> silences(const std::vector<burst>& bursts) {
    std::vector<double> waits;
    double before_ms = 0;
    for (const burst& each : bursts) {
        waits.push_back(each.came_ms - before_ms);
        before_ms = each.came_ms;
    }
    return waits;
}

pacing described(const std::vector<burst>& bursts) {
    pacing result;
    result.bursts = bursts.size();
    for (const burst& each : bursts) {
        result.burst_events = std::max(result.burst_events, each.events);
        result.burst_bytes = std::max(result.burst_bytes, each.bytes);
        result.bytes += each.bytes;
    }
    result.silence_ms = quantile(silences(bursts), 1);
    return result;
}

bool is_one_burst(const stream_facts& seen, const std::vector<burst>& bursts) {
    return bursts.back().events * 10 >= seen.pieces.size() * 9;
}

}  // namespace

pacing judge_pace(const stream_facts& seen) {
    if (seen.pieces.empty()) return {};
    const auto bursts = bursts_of(seen.pieces);
    pacing result = described(bursts);
    const double limit_ms = std::max(late_max_ms, 2 * seen.pace_ms);
    // Reads of a compressed body may be fewer than its events where nobody holds them, so that
    // their number says nothing.
    if (seen.compressed) {
        result.span_ms = seen.watched_ms;
        result.late_ms = quantile(silences(bursts), 0.5);
    } else {
        const auto made = made_times(seen);
        result.span_ms = made.back() - made.front();
        result.late_ms = quantile(delays(seen, made), 0.9);
    }
    const bool held = result.late_ms > limit_ms;
    if (!held)
        result.how = pace::one_by_one;
    else if (seen.answer.ended && result.span_ms >= span_least_ms && is_one_burst(seen, bursts))
        result.how = pace::at_the_end;
    else
        result.how = pace::bursts;
    return result;
}

}  // namespace sluice::gateway::doctor
