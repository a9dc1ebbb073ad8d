#include "gateway/http/page_session_endpoint.hpp"

#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/json_text.hpp"
#include "gateway/http/access.hpp"
#include "gateway/http/hardening.hpp"
#include "gateway/http/refusal.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using json = nlohmann::ordered_json;
using clock = std::chrono::system_clock;

/// HttpOnly: no script reads it. Strict: no other site's page sends it.
std::string cookie_header(const request_scope& scope, const std::string& value, long seconds) {
    std::string header{page_sessions::cookie_name};
    header.append("=").append(value).append("; Path=/; HttpOnly; SameSite=Strict; Max-Age=");
    header.append(std::to_string(seconds));
    if (scope.serving->tls) header.append("; Secure");
    return header;
}

asio::awaitable<bool> respond_cookie(request_scope& scope, std::string cookie) {
    http_response response;
    response.status = 204;
    response.headers = {{"Set-Cookie", std::move(cookie)}, {"Cache-Control", "no-store"}};
    scope.record.outcome = "completed";
    co_return co_await respond(scope, std::move(response));
}

constexpr std::size_t body_bytes_max = 4 << 10;

/// The key in `{"key": "..."}` moves to where keys are otherwise.
std::optional<upstream::failure> take_key_from_body(http_request& request) {
    if (request.body.empty() || request.header("authorization")) return std::nullopt;
    if (request.body.size() > body_bytes_max) {
        return refusal(413, "invalid_request_error", "a key is not as long as that");
    }
    auto body = parse_object(request.body);
    wipe(request.body);
    if (!body) return std::move(body).error();
    const auto key = body->find("key");
    if (key == body->end() || !key->is_string()) return bad_request("'key' must be a text", "key");
    auto& text = key->get_ref<std::string&>();
    request.headers.emplace_back("authorization", "Bearer " + text);
    wipe(text);
    return std::nullopt;
}

/// A page of another origin has no business with this gateway's cookies.
std::optional<upstream::failure> judge_page(const request_scope& scope) {
    if (!scope.request.header("origin") && !scope.request.header("sec-fetch-site"))
        return std::nullopt;  // no browser
    return judge_cookie_use(scope.request);
}

}  // namespace

asio::awaitable<bool> answer_session(request_scope& scope) {
    const auto shown = judge_key(*scope.serving, scope.request, clock::now());
    json body{{"keys", scope.settings().auth == auth_mode::keys}, {"key", nullptr}};
    if (shown && shown->key) {
        body["key"] = shown->key->id;
        body["role"] = shown->key->role == key_role::operator_ ? "operator" : "user";
    }
    http_response response;
    response.headers = {{"Cache-Control", "no-store"}};
    response.body = dump_json(body);
    scope.record.outcome = "completed";
    co_return co_await respond(scope, std::move(response));
}

asio::awaitable<bool> begin_session(request_scope& scope) {
    if (auto reason = judge_page(scope)) return respond_error(scope, std::move(*reason));
    if (scope.serving->keys.empty()) {
        return respond_error(
            scope, refusal(404, "not_found_error", "no keys are configured, so none is needed")
        );
    }
    if (auto reason = take_key_from_body(scope.request))
        return respond_error(scope, std::move(*reason));
    const auto shown = judge_key(*scope.serving, scope.request, clock::now());
    if (!shown) return respond_error(scope, shown.error());
    // A cookie is no key: it would go on for ever.
    if (!shown->key || shown->by_cookie) {
        return respond_error(
            scope,
            refusal(401, "authentication_error", "the key is not known here", "invalid_api_key")
        );
    }
    scope.record.key = shown->key->id;
    const auto now = clock::now();
    auto until = now + scope.settings().server.session;
    if (shown->key->expires) until = std::min(until, *shown->key->expires);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(until - now).count();
    const auto value = scope.serving->sessions.issue(*shown->key, until);
    return respond_cookie(scope, cookie_header(scope, value, seconds));
}

asio::awaitable<bool> end_session(request_scope& scope) {
    if (auto reason = judge_page(scope)) return respond_error(scope, std::move(*reason));
    return respond_cookie(scope, cookie_header(scope, "", 0));
}

}  // namespace sluice::gateway
