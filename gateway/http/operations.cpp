#include "gateway/http/operations.hpp"

#include "gateway/admission/rate_limits.hpp"
#include "gateway/http/load_shedding.hpp"
#include "gateway/http/reload.hpp"
#include "gateway/http/targets_list.hpp"
#include "gateway/telemetry/metric_lines.hpp"
#include "gateway/telemetry/metrics.hpp"
#include "gateway/telemetry/target_metrics.hpp"
#include "upstream/mock/mock_metrics.hpp"

#include <chrono>
#include <cstddef>
#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

http_response plain_text(int status, std::string body) {
    http_response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::move(body);
    response.headers = {{"Cache-Control", "no-store"}};
    return response;
}

std::string ledger_metrics_text(const ledger& books) {
    std::string out;
    declare_metric(
        out,
        "sluice_ledger_lost_total",
        "counter",
        "Records that the usage ledger could not be given."
    );
    append_sample(out, "sluice_ledger_lost_total", "", static_cast<std::int64_t>(books.lost()));
    return out;
}

std::string limit_metrics_text(const limit_refusals& refusals) {
    constexpr std::string_view name = "sluice_limits_refused_total";
    std::string out;
    declare_metric(out, name, "counter", "Requests that a limit refused, by limit.");
    for (std::size_t i = 0; i < demand_kind_count; ++i) {
        const auto limit = static_cast<demand::kind>(i);
        const auto labels = '{' + metric_label("limit", name_of(limit)) + '}';
        append_sample(out, name, labels, refusals.counted(limit));
    }
    return out;
}

}  // namespace

asio::awaitable<bool> answer_live(request_scope& scope) {
    auto response = plain_text(200, "ok\n");
    co_return co_await respond(scope, std::move(response));
}

asio::awaitable<bool> answer_ready(request_scope& scope) {
    const auto& state = scope.worker.state();
    auto response = plain_text(200, "ready\n");
    if (state.pressure.level() != memory_level::calm) response = plain_text(503, "memory\n");
    if (state.draining) response = plain_text(503, "draining\n");
    co_return co_await respond(scope, std::move(response));
}

asio::awaitable<bool> answer_metrics(request_scope& scope) {
    const gateway_state& state = scope.worker.state();
    auto response = plain_text(200, metrics_text(state.all_counters));
    response.body += load_metrics_text(state.pressure);
    response.body += reload_metrics_text(state.reloads);
    response.body += limit_metrics_text(state.refusals);
    if (state.ledger) response.body += ledger_metrics_text(*state.ledger);
    const auto now = std::chrono::steady_clock::now();
    const auto& catalog = scope.serving->catalog;
    response.body += target_metrics_text(
        by_configured_name(known_targets(catalog, now), catalog.routes()), known_routes(catalog)
    );
    response.body += upstream::mock::mock_metrics_text(catalog.mocks());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return co_await respond(scope, std::move(response));
}

}  // namespace sluice::gateway
