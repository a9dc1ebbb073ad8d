#include "gateway/http/answer.hpp"

#include "gateway/http/access.hpp"
#include "gateway/http/attach.hpp"
#include "gateway/http/authorize.hpp"
#include "gateway/http/credentials.hpp"
#include "gateway/http/endpoints.hpp"
#include "gateway/http/gemini_endpoint.hpp"
#include "gateway/http/generate.hpp"
#include "gateway/http/key_list.hpp"
#include "gateway/http/live_events.hpp"
#include "gateway/http/load_shedding.hpp"
#include "gateway/http/log_endpoint.hpp"
#include "gateway/http/models_endpoint.hpp"
#include "gateway/http/operations.hpp"
#include "gateway/http/page_session_endpoint.hpp"
#include "gateway/http/pages_endpoint.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/request_scope.hpp"
#include "gateway/http/stream_list.hpp"
#include "gateway/http/targets_list.hpp"
#include "gateway/http/trace_of.hpp"
#include "gateway/http/ui_chat.hpp"
#include "gateway/streams/random_bytes.hpp"

#include <algorithm>
#include <cctype>
#include <stdexcept>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

constexpr std::size_t request_id_bytes_max = 128;

bool is_request_id(std::string_view id) {
    return !id.empty() && id.size() <= request_id_bytes_max &&
           std::all_of(id.begin(), id.end(), [](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ||
                      c == '.';
           });
}

std::string make_request_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string id = "req-";
    for (const auto byte : random_bytes<12>()) {
        id += digits[byte >> 4U];
        id += digits[byte & 0xFU];
    }
    return id;
}

void name_request(http_request& request) {
    const auto given = request.header("x-request-id");
    request.id = given && is_request_id(*given) ? std::string{*given} : make_request_id();
}

/// Google's API takes its key in the URL, too; from here on it is where all keys are, and nowhere
/// else.
void move_key_to_headers(http_request& request) {
    const bool google = request.method == "POST" && (request.path.starts_with("/v1beta/models/") ||
                                                     request.path.starts_with("/v1/models/"));
    auto key = google ? request.parameter("key") : std::nullopt;
    if (!key) return;
    if (!request.header("x-goog-api-key"))
        request.headers.emplace_back("x-goog-api-key", std::move(*key));
    wipe_parameter(request, "key");
}

upstream::failure no_such_endpoint(const http_request& request, const std::string& allow) {
    if (allow.empty()) {
        return refusal(404, "not_found_error", "there is no endpoint '" + request.path + "'");
    }
    return refusal(
        405,
        "invalid_request_error",
        "'" + request.path + "' takes " + allow + ", not " + request.method
    );
}

/// OpenAI's and Anthropic's lists of models have one address.
const dialect* dialect_for(const route_match& match, const http_request& request) {
    const bool models = match.endpoint == endpoint::models || match.endpoint == endpoint::model;
    if (models && request.header("anthropic-version")) return &anthropic_messages_dialect();
    return match.dialect;
}

/// In the log an endpoint has its name; what is none stays what was asked for.
void note_path(request_scope& scope, std::string_view name) {
    if (!name.empty()) scope.record.path = name;
}

void note_endpoint(request_scope& scope, const route_match& match) {
    scope.dialect = dialect_for(match, scope.request);
    if (match.generates) begin_trace_of(scope);
}

asio::awaitable<bool> answer_unknown(request_scope& scope, const std::string& allow) {
    if (scope.request.method == "OPTIONS" && !allow.empty()) {
        http_response response;
        response.status = 204;
        response.headers = {{"Allow", allow}};
        if (scope.request.header("access-control-request-method")) {
            const auto more = preflight_headers(scope.request, allow);
            response.headers.insert(response.headers.end(), more.begin(), more.end());
        }
        co_return co_await respond(scope, std::move(response));
    }
    const auto reason = no_such_endpoint(scope.request, allow);
    http_response response;
    response.status = reason.status;
    response.body = scope.dialect->error_body(reason);
    if (!allow.empty()) response.headers.emplace_back("Allow", allow);
    scope.record.outcome = "rejected";
    co_return co_await respond(scope, std::move(response));
}

/// Everything that can turn a request away before it is looked into.
std::optional<upstream::failure> judge(request_scope& scope, const route_match& match) {
    const auto& settings = scope.settings();
    if (auto reason = judge_host(settings, scope.request)) return reason;
    const bool acts = match.generates || match.stops || match.changes;
    scope.changes_state = acts || scope.request.method == "POST";
    if (match.audience == audience::keys) {
        if (auto reason = require_key(scope)) return reason;
    } else if (match.audience == audience::operators) {
        if (auto reason = require_operator(scope)) return reason;
    }
    if (acts) {
        if (auto reason = judge_origin(settings, scope.request)) return reason;
    }
    // Ahead of decoding; whoever may join a stream is judged once it is known that he does not.
    if (match.generates && !may_join(scope.request)) return judge_load(scope.worker);
    return std::nullopt;
}

asio::awaitable<bool> dispatch(request_scope& scope, const route_match& match) {
    switch (match.endpoint) {
        case endpoint::page:
            return answer_document(scope, "playground.html");
        case endpoint::dashboard:
            return answer_document(scope, "dashboard.html");
        case endpoint::page_file:
            return answer_page_file(scope, match.argument);
        case endpoint::session_read:
            return answer_session(scope);
        case endpoint::session_begin:
            return begin_session(scope);
        case endpoint::session_end:
            return end_session(scope);
        case endpoint::live:
            return answer_live(scope);
        case endpoint::ready:
            return answer_ready(scope);
        case endpoint::metrics:
            return answer_metrics(scope);
        case endpoint::models:
            return answer_models(scope);
        case endpoint::model:
            return answer_model(scope, match.argument);
        case endpoint::native_post:
            return answer_native_post(scope);
        case endpoint::native_get:
            return answer_native_get(scope);
        case endpoint::stream_list:
            return answer_stream_list(scope);
        case endpoint::stream_attach:
            return answer_attach(scope, match.argument);
        case endpoint::stream_stop:
            return answer_stop(scope, match.argument);
        case endpoint::target_list:
            return answer_target_list(scope);
        case endpoint::key_list:
            return answer_key_list(scope);
        case endpoint::log_read:
            return answer_log(scope);
        case endpoint::log_change:
            return change_log(scope);
        case endpoint::live_events:
            return answer_live_events(scope);
        case endpoint::generate:
            return answer_dialect(scope, *match.dialect);
        case endpoint::gemini:
            return answer_gemini(scope, match.argument);
        case endpoint::ui_post:
            return answer_ui_post(scope);
        case endpoint::ui_resume:
            return answer_ui_resume(scope, match.argument);
        case endpoint::ui_stop:
            return answer_ui_stop(scope, match.argument);
        case endpoint::ollama_tags:
            return answer_ollama_tags(scope);
        case endpoint::ollama_version:
            return answer_ollama_version(scope);
    }
    throw std::logic_error("an endpoint without an answer");
}

}  // namespace

asio::awaitable<bool> answer(worker& worker, connection& client, http_request& request) {
    name_request(request);
    move_key_to_headers(request);
    request_scope scope{worker, client, request};
    const auto lookup = find_endpoint(request.method, request.path, client.came_by());
    note_path(scope, lookup.name);
    if (!lookup.match) co_return co_await answer_unknown(scope, lookup.allow);
    note_endpoint(scope, *lookup.match);
    auto turned_away = judge(scope, *lookup.match);
    if (turned_away) co_return co_await respond_error(scope, std::move(*turned_away));
    co_return co_await dispatch(scope, *lookup.match);
}

asio::awaitable<void> answer_refusal(
    worker& worker, connection& client, http_request& request, const upstream::failure& reason
) {
    name_request(request);
    request.keep_alive = false;
    request_scope scope{worker, client, request};
    const auto lookup = find_endpoint(request.method, request.path, client.came_by());
    note_path(scope, lookup.name);
    if (lookup.match) note_endpoint(scope, *lookup.match);
    co_await respond_error(scope, reason);
}

}  // namespace sluice::gateway
