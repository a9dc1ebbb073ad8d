#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

/// What tells clients which models there are.
namespace sluice::gateway {

/// `GET /v1/models`, in Anthropic's form where `anthropic-version` is sent, else in OpenAI's.
boost::asio::awaitable<bool> answer_models(request_scope& scope);
boost::asio::awaitable<bool> answer_model(request_scope& scope, const std::string& model);

/// `GET /api/tags` and `/api/version`, which Ollama's clients look at first.
boost::asio::awaitable<bool> answer_ollama_tags(request_scope& scope);
boost::asio::awaitable<bool> answer_ollama_version(request_scope& scope);

}  // namespace sluice::gateway
