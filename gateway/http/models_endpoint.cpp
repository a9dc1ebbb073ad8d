#include "gateway/http/models_endpoint.hpp"

#include "gateway/dialects/model_lists.hpp"
#include "gateway/http/model_list.hpp"
#include "gateway/http/refusal.hpp"

#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

/// The newest of Ollama's interface that is spoken here; its clients compare it with their own.
constexpr const char* ollama_version = R"({"version":"0.12.0"})";

bool is_anthropic(const request_scope& scope) {
    return scope.dialect == &anthropic_messages_dialect();
}

asio::awaitable<bool> respond_json(request_scope& scope, std::string body) {
    http_response response;
    response.body = std::move(body);
    co_return co_await respond(scope, std::move(response));
}

}  // namespace

asio::awaitable<bool> answer_models(request_scope& scope) {
    const bool anthropic = is_anthropic(scope);
    const auto models = co_await list_models(scope);
    auto body = anthropic ? anthropic_model_list(models) : openai_model_list(models);
    co_return co_await respond_json(scope, std::move(body));
}

asio::awaitable<bool> answer_model(request_scope& scope, const std::string& model) {
    const bool anthropic = is_anthropic(scope);
    const auto found = scope.serving->catalog.find(model);
    if (!found || (scope.key && !scope.key->allows(model)))
        return respond_error(scope, unknown_model(model));
    const listed_model entry{model, found->route->targets.front().provider};
    return respond_json(scope, anthropic ? anthropic_model(entry) : openai_model(entry));
}

asio::awaitable<bool> answer_ollama_tags(request_scope& scope) {
    const auto models = co_await list_models(scope);
    co_return co_await respond_json(scope, ollama_tags(models));
}

asio::awaitable<bool> answer_ollama_version(request_scope& scope) {
    return respond_json(scope, ollama_version);
}

}  // namespace sluice::gateway
