#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

/// What answers without generating anything: the page, probes, metrics, the list of models.
namespace sluice::gateway {

boost::asio::awaitable<bool> answer_page(request_scope& scope);
boost::asio::awaitable<bool> answer_live(request_scope& scope);
/// 503 while the gateway drains.
boost::asio::awaitable<bool> answer_ready(request_scope& scope);
boost::asio::awaitable<bool> answer_metrics(request_scope& scope);
boost::asio::awaitable<bool> answer_models(request_scope& scope);
boost::asio::awaitable<bool> answer_model(request_scope& scope, const std::string& model);

}  // namespace sluice::gateway
