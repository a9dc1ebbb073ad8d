#include "gateway/http/request_scope.hpp"

#include "gateway/config/scalars.hpp"
#include "gateway/http/access.hpp"
#include "gateway/http/credentials.hpp"
#include "gateway/http/endpoints.hpp"
#include "gateway/http/server_timing.hpp"
#include "gateway/http/trace_of.hpp"
#include "gateway/streams/stream_id.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds write_stall_time{30};
constexpr std::size_t logged_path_bytes_max = 200;

/// An answer without a body and without a length: 1xx, 204, 304.
bool is_bodiless(int status) {
    return status == 204 || status / 100 == 1 || status == 304;
}

generation_timing::span time_taken(const request_scope& scope) {
    const auto took = std::chrono::steady_clock::now() - scope.started;
    return std::chrono::duration_cast<generation_timing::span>(took);
}

/// Retry-After has no fractions (RFC 9110, 10.2.3); SDKs of OpenAI and Anthropic read the exact
/// time from a header of its own.
void add_retry_after(const std::string& told, upstream::header_list& headers) {
    if (told.empty()) return;
    const auto seconds = parse_number(told);
    const bool exact = seconds && told.find('.') != std::string::npos;
    if (!exact || *seconds > 1e12) {
        headers.emplace_back("Retry-After", told);
        return;
    }
    headers.emplace_back("Retry-After", std::to_string(std::lround(std::ceil(*seconds))));
    if (*seconds < 1e6)
        headers.emplace_back("Retry-After-Ms", std::to_string(std::lround(*seconds * 1000)));
}

}  // namespace

request_scope::request_scope(gateway::worker& on, connection& from, http_request& asked)
    : worker(on),
      client(from),
      request(asked),
      serving(on.serving()),
      dialect(&dialect_of(asked.path)) {
    record.request_id = request.id;
    record.method = request.method;
    // Cut behind the ids: half of one would not be known for what it is.
    record.path = without_stream_ids(request.path).substr(0, logged_path_bytes_max);
}

request_scope::~request_scope() {
    wipe_credentials(request.headers);
    const auto took = std::chrono::steady_clock::now() - started;
    record.duration = std::chrono::duration_cast<std::chrono::milliseconds>(took);
    const auto status_class = static_cast<std::size_t>(std::clamp(record.status / 100, 0, 5));
    worker.counters().requests[status_class].add(1);
    log_access(record);
    tell_request(*this);
}

bool keeps_alive(const request_scope& scope) {
    return scope.request.keep_alive && !scope.worker.state().draining;
}

upstream::header_list common_headers(const request_scope& scope, bool keep_alive) {
    auto headers = cors_headers(scope.settings(), scope.request);
    headers.emplace_back("X-Request-Id", scope.request.id);
    const auto own_name = scope.dialect->request_id_header();
    if (!own_name.empty()) headers.emplace_back(own_name, scope.request.id);
    if (scope.settings().telemetry.server_timing)
        headers.emplace_back("Server-Timing", server_timing_text(scope.timing, time_taken(scope)));
    if (!keep_alive)
        headers.emplace_back("Connection", "close");
    else if (scope.request.http10)
        headers.emplace_back("Connection", "keep-alive");
    return headers;
}

void forget_headers(request_scope& scope) {
    wipe_credentials(scope.request.headers);
    scope.request.headers = {};
    scope.request.headers.shrink_to_fit();
}

asio::awaitable<bool> respond(request_scope& scope, http_response response) {
    const bool keep = keeps_alive(scope);
    auto headers = common_headers(scope, keep);
    headers.insert(headers.end(), response.headers.begin(), response.headers.end());
    if (!is_bodiless(response.status)) {
        if (!response.content_type.empty())
            headers.emplace_back("Content-Type", response.content_type);
        headers.emplace_back("Content-Length", std::to_string(response.body.size()));
        headers.emplace_back("X-Content-Type-Options", "nosniff");
    }
    scope.record.status = response.status;
    std::string bytes;
    append_head(bytes, response.status, headers);
    if (scope.request.method != "HEAD" && !is_bodiless(response.status)) bytes += response.body;
    const bool sent = co_await scope.client.write_all(bytes, write_stall_time);
    co_return sent&& keep;
}

void describe_error(
    const dialect& dialect, const upstream::failure& reason, http_response& response
) {
    response.status = dialect.error_status(reason);
    response.body = dialect.error_body(reason);
    add_retry_after(reason.retry_after, response.headers);
}

asio::awaitable<bool> respond_error(
    request_scope& scope, upstream::failure reason, upstream::header_list more
) {
    http_response response;
    response.headers = std::move(more);
    describe_error(*scope.dialect, reason, response);
    if (reason.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
    scope.record.outcome = std::string{upstream::to_string(reason.outcome)};
    note_failure(scope, reason);
    co_return co_await respond(scope, std::move(response));
}

}  // namespace sluice::gateway
