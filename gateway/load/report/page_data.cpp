#include "gateway/load/report/page_data.hpp"

#include "gateway/load/report/report_document.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway::load {

namespace {

using nlohmann::ordered_json;

// No screen shows more apart.
constexpr std::size_t steps_max = 400;
constexpr std::size_t dots_max = 2000;
constexpr std::size_t bars = 60;
constexpr int points_per_nine = 24;
constexpr double ns_per_s = 1e9;

std::size_t step_seconds(std::size_t seconds) {
    return std::max<std::size_t>(1, (seconds + steps_max - 1) / steps_max);
}

/// Totals of each step; of `live`, the highest.
ordered_json seconds_part(const std::vector<interval>& seconds) {
    const std::size_t step = step_seconds(seconds.size());
    std::vector<interval> steps((seconds.size() + step - 1) / step);
    for (std::size_t i = 0; i < seconds.size(); ++i) {
        interval& sum = steps[i / step];
        const std::uint32_t live = std::max(sum.live, seconds[i].live);
        sum.add(seconds[i]);
        sum.live = live;
    }
    ordered_json part = {{"step_s", step}};
    for (const char* const name : {"due", "started", "ended", "errors", "live", "events"})
        part[name] = ordered_json::array();
    for (const interval& sum : steps) {
        part["due"].push_back(sum.due);
        part["started"].push_back(sum.started);
        part["ended"].push_back(sum.ended);
        part["errors"].push_back(sum.errors);
        part["live"].push_back(sum.live);
        part["events"].push_back(sum.events);
    }
    return part;
}

/// From the median to the slowest; x is the number of nines: 1 is p90, 2 is p99.
ordered_json curve_of(const histogram& times) {
    ordered_json points = ordered_json::array();
    if (times.count() == 0) return points;
    const double nines_max = std::log10(static_cast<double>(times.count()));
    for (int i = 0; i < nines_max * points_per_nine; ++i) {
        const double nines = static_cast<double>(i) / points_per_nine;
        points.push_back({nines, times.percentile_ns(1 - std::pow(10, -nines))});
    }
    points.push_back({nines_max, times.max_ns()});
    return points;
}

/// Edges in equal ratios, and how many times lie between each two.
ordered_json bars_of(const histogram& times) {
    ordered_json part = {{"edges", ordered_json::array()}, {"counts", ordered_json::array()}};
    if (times.count() == 0) return part;
    // A single time has a width, too.
    const double from = std::max(0.95 * static_cast<double>(times.min_ns()), 1.0);
    const double to = std::max(1.05 * static_cast<double>(times.max_ns()), 2.0);
    double below = 0;
    part["edges"].push_back(from);
    for (std::size_t i = 1; i <= bars; ++i) {
        const double edge =
            from * std::pow(to / from, static_cast<double>(i) / static_cast<double>(bars));
        const double now_below = times.count_below(edge);
        part["edges"].push_back(std::round(edge));
        part["counts"].push_back(std::round(10 * (now_below - below)) / 10);
        below = now_below;
    }
    return part;
}

std::int64_t picked(std::vector<std::int64_t>& times, double share) {
    const double wanted = std::ceil(share * static_cast<double>(times.size()));
    const auto rank = static_cast<std::ptrdiff_t>(std::max(wanted, 1.0)) - 1;
    std::nth_element(times.begin(), times.begin() + rank, times.end());
    return times[static_cast<std::size_t>(rank)];
}

std::optional<std::int64_t> ttft_of(const stream_record& stream) {
    if (stream.due_ns < 0 || stream.first_content_ns < 0) return {};
    return stream.first_content_ns - stream.due_ns;
}

std::optional<std::int64_t> longest_gap_of(const stream_record& stream) {
    if (stream.due_ns < 0 || stream.longest_gap_ns < 0) return {};
    return stream.longest_gap_ns;
}

/// The median and p99 of the streams that were due in each step.
template <typename Time>
ordered_json by_due_time(const std::vector<stream_record>& records, Time time_of) {
    std::int64_t last_ns = 0;
    for (const stream_record& stream : records)
        last_ns = std::max(last_ns, stream.due_ns);
    const auto seconds = static_cast<std::size_t>(static_cast<double>(last_ns) / ns_per_s) + 1;
    const std::size_t step = step_seconds(seconds);
    std::vector<std::vector<std::int64_t>> steps((seconds + step - 1) / step);
    for (const stream_record& stream : records) {
        const auto time = time_of(stream);
        if (!time) continue;
        const auto second = static_cast<std::size_t>(static_cast<double>(stream.due_ns) / ns_per_s);
        steps[second / step].push_back(*time);
    }
    ordered_json part = {{"step_s", step}};
    part["p50"] = ordered_json::array();
    part["p99"] = ordered_json::array();
    for (auto& times : steps) {
        const bool none = times.empty();
        part["p50"].push_back(none ? ordered_json() : ordered_json(picked(times, 0.5)));
        part["p99"].push_back(none ? ordered_json() : ordered_json(picked(times, 0.99)));
    }
    return part;
}

/// Single streams: evenly chosen ones, and always the slowest.
ordered_json dots_of(const std::vector<stream_record>& records) {
    std::vector<std::pair<double, std::int64_t>> all;
    for (const stream_record& stream : records) {
        if (const auto ttft = ttft_of(stream))
            all.emplace_back(static_cast<double>(stream.due_ns) / ns_per_s, *ttft);
    }
    const auto slower = [](auto& a, auto& b) { return a.second > b.second; };
    const std::size_t slowest = std::min(all.size(), dots_max / 10);
    std::partial_sort(
        all.begin(), all.begin() + static_cast<std::ptrdiff_t>(slowest), all.end(), slower
    );
    const std::size_t rest = all.size() - slowest;
    const std::size_t stride = std::max<std::size_t>(1, (rest + dots_max - 1) / dots_max);
    ordered_json dots = ordered_json::array();
    for (std::size_t i = 0; i < all.size(); i += i < slowest ? 1 : stride)
        dots.push_back({std::round(all[i].first * 1e3) / 1e3, all[i].second});
    return dots;
}

}  // namespace

ordered_json page_data_of(const run_outcome& run) {
    ordered_json document = document_of(run);
    const figures& seen = run.seen;
    ordered_json curves = ordered_json::object();
    for (const metric which :
         {metric::ttft_content, metric::gap, metric::tpot_decode, metric::added, metric::e2e_done})
        curves[std::string(metric_rows()[static_cast<std::size_t>(which)].key)] =
            curve_of(seen.of(which));
    document["plots"] = {
        {"seconds", seconds_part(seen.seconds)},
        {"ttft", by_due_time(seen.records, ttft_of)},
        {"longest_gap", by_due_time(seen.records, longest_gap_of)},
        {"dots", dots_of(seen.records)},
        {"records", seen.records.size()},
        {"curves", std::move(curves)},
        {"bars",
         {{"ttft_content", bars_of(seen.of(metric::ttft_content))},
          {"gap", bars_of(seen.of(metric::gap))}}},
    };
    return document;
}

}  // namespace sluice::gateway::load
