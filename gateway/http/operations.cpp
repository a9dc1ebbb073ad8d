#include "gateway/http/operations.hpp"

#include "gateway/http/targets_list.hpp"
#include "gateway/pages/pages.hpp"
#include "gateway/telemetry/metrics.hpp"
#include "gateway/telemetry/target_metrics.hpp"
#include "upstream/mock/mock_metrics.hpp"

#include <chrono>
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

}  // namespace

asio::awaitable<bool> answer_page(request_scope& scope) {
    http_response response;
    response.content_type = "text/html; charset=utf-8";
    response.body = std::string{playground()};
    response.headers = {
        {"Content-Security-Policy", std::string{playground_csp()}},
        {"Referrer-Policy", "no-referrer"},
        {"Cache-Control", "no-cache"},
    };
    co_return co_await respond(scope, std::move(response));
}

asio::awaitable<bool> answer_live(request_scope& scope) {
    auto response = plain_text(200, "ok\n");
    co_return co_await respond(scope, std::move(response));
}

asio::awaitable<bool> answer_ready(request_scope& scope) {
    const bool draining = scope.worker.state().draining;
    auto response = plain_text(200, "ready\n");
    if (draining) response = plain_text(503, "draining\n");
    co_return co_await respond(scope, std::move(response));
}

asio::awaitable<bool> answer_metrics(request_scope& scope) {
    const gateway_state& state = scope.worker.state();
    auto response = plain_text(200, metrics_text(state.all_counters));
    const auto now = std::chrono::steady_clock::now();
    response.body += target_metrics_text(
        by_configured_name(known_targets(state.catalog, now), state.catalog.routes()),
        known_routes(state.catalog)
    );
    response.body += upstream::mock::mock_metrics_text(state.catalog.mocks());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return co_await respond(scope, std::move(response));
}

}  // namespace sluice::gateway
