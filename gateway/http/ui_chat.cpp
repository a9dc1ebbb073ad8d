#include "gateway/http/ui_chat.hpp"

#include "gateway/dialects/ui_messages.hpp"
#include "gateway/http/attach.hpp"
#include "gateway/http/body_input.hpp"
#include "gateway/http/generate.hpp"
#include "gateway/http/wakeup.hpp"

#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

/// A chat's id is its client's own: those of other keys are other chats.
std::string conversation_of(const request_scope& scope, const std::string& chat) {
    return chat.empty() ? std::string{} : scope.who.key_id + "\nchat\n" + chat;
}

asio::awaitable<std::string> latest_stream(request_scope& scope, const std::string& chat) {
    std::string id;
    if (chat.empty()) co_return id;
    wakeup answered{scope.worker.context()};
    scope.worker.store().find_latest(conversation_of(scope, chat), [&](std::string found) {
        id = std::move(found);
        answered.notify();
    });
    co_await answered.wait();
    co_return id;
}

asio::awaitable<bool> respond_nothing(request_scope& scope) {
    http_response response;
    response.status = 204;
    co_return co_await respond(scope, std::move(response));
}

}  // namespace

asio::awaitable<bool> answer_ui_post(request_scope& scope) {
    const auto& dialect = ui_messages_dialect();
    const auto chat = ui_chat_id(scope.request.body);
    auto decoded = decode_body(scope.request, dialect);
    if (!decoded) return respond_error(scope, std::move(decoded).error());
    auto conversation = conversation_of(scope, chat);
    return generate(scope, dialect, std::move(*decoded), std::move(conversation));
}

asio::awaitable<bool> answer_ui_resume(request_scope& scope, const std::string& chat) {
    const auto id = co_await latest_stream(scope, chat);
    if (id.empty()) co_return co_await respond_nothing(scope);
    co_return co_await answer_unseen(scope, id);
}

asio::awaitable<bool> answer_ui_stop(request_scope& scope, const std::string& chat) {
    const auto id = co_await latest_stream(scope, chat);
    if (id.empty()) co_return co_await respond_nothing(scope);
    co_return co_await answer_stop(scope, id);
}

}  // namespace sluice::gateway
