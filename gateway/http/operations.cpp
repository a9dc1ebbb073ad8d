#include "gateway/http/operations.hpp"

#include "gateway/http/metrics_collector.hpp"
#include "gateway/telemetry/metric_families.hpp"
#include "upstream/mock/mock_metrics.hpp"

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
    const auto& catalog = scope.serving->catalog;
    const metrics_collector collector(scope.worker.state(), catalog);
    auto response = plain_text(200, metrics_text(collector.Collect()));
    response.body += upstream::mock::mock_metrics_text(catalog.mocks());
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    co_return co_await respond(scope, std::move(response));
}

}  // namespace sluice::gateway
