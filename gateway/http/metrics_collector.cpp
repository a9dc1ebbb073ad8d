#include "gateway/http/metrics_collector.hpp"

#include "gateway/admission/rate_limits.hpp"
#include "gateway/http/load_shedding.hpp"
#include "gateway/http/targets_list.hpp"
#include "gateway/telemetry/metric_families.hpp"
#include "gateway/telemetry/metrics.hpp"
#include "gateway/telemetry/process_metrics.hpp"
#include "gateway/telemetry/stream_metrics.hpp"
#include "gateway/telemetry/target_metrics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::gateway {

namespace {

void add_limit_metrics(metric_families& to, const limit_refusals& refusals) {
    auto& family = counter_family(
        to, "sluice_limits_refused_total", "Requests that a limit refused, by limit."
    );
    for (std::size_t i = 0; i < demand_kind_count; ++i) {
        const auto limit = static_cast<demand::kind>(i);
        add_sample(family, {{"limit", std::string{name_of(limit)}}}, refusals.counted(limit));
    }
}

void add_store_metrics(metric_families& to, const gateway_state& state) {
    // What is in the gateway's own memory is there as long as it answers.
    add_sample(
        gauge_family(to, "sluice_store_up", "Whether what outlives a request can be kept."),
        {},
        std::int64_t{1}
    );
    if (!state.ledger) return;
    add_sample(
        counter_family(
            to, "sluice_ledger_lost_total", "Records that the usage ledger could not be given."
        ),
        {},
        static_cast<std::int64_t>(state.ledger->lost())
    );
}

}  // namespace

std::vector<prometheus::MetricFamily> metrics_collector::Collect() const {
    metric_families all;
    add_worker_metrics(all, state_.all_counters);
    add_stream_metrics(all, state_.all_counters);
    const auto now = std::chrono::steady_clock::now();
    add_target_metrics(
        all,
        by_configured_name(counted_targets(models_, now), models_.routes()),
        known_routes(models_)
    );
    add_load_metrics(all, state_.pressure);
    add_reload_metrics(all, state_.reloads);
    add_limit_metrics(all, state_.refusals);
    add_store_metrics(all, state_);
    add_process_metrics(all);
    return all;
}

}  // namespace sluice::gateway
