#include "gateway/telemetry/live_figures.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

std::string counted(std::int64_t count, std::string_view noun) {
    return std::to_string(count).append(" ").append(noun).append(count == 1 ? "" : "s");
}

}  // namespace

live_figures::live_figures(const std::vector<const counters*>& workers, clock::time_point now)
    : workers_(workers),
      last_(now),
      content_items_(sum(&counters::content_items)),
      requests_(requests()) {}

std::string live_figures::next(clock::time_point now) {
    const auto seconds = std::chrono::duration<double>(now - std::exchange(last_, now)).count();
    const auto rate = [seconds](std::int64_t& before, std::int64_t after) {
        const auto more = static_cast<double>(after - std::exchange(before, after));
        return seconds > 0 ? std::llround(more / seconds) : 0;
    };
    const auto tokens = rate(content_items_, sum(&counters::content_items));
    const auto asked = rate(requests_, requests());
    const auto streams = sum(&counters::streams_live);
    const nlohmann::ordered_json figures{
        {"type", "stats"},
        {"message", counted(streams, "stream") + ", " + counted(tokens, "token") + "/s"},
        {"streams", streams},
        {"readers", sum(&counters::readers)},
        {"connections", sum(&counters::connections)},
        {"tokens_per_second", tokens},
        {"requests_per_second", asked},
        {"requests_total", requests_},
    };
    return figures.dump();
}

std::int64_t live_figures::sum(counter counters::*figure) const {
    std::int64_t total = 0;
    for (const auto* worker : workers_)
        total += (worker->*figure).value();
    return total;
}

std::int64_t live_figures::requests() const {
    std::int64_t total = 0;
    for (const auto* worker : workers_) {
        for (const auto& status_class : worker->requests)
            total += status_class.value();
    }
    return total;
}

}  // namespace sluice::gateway
