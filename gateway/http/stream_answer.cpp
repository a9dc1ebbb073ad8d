#include "gateway/http/stream_answer.hpp"

#include <chrono>

namespace sluice::gateway {

stream_response::settings response_settings(const request_scope& scope) {
    const auto& settings = scope.settings();
    return {settings.server.heartbeat, settings.streams.write_stall, !scope.request.http10};
}

std::string signed_url(const request_scope& scope, const std::string& id) {
    const auto until = std::chrono::system_clock::now() + scope.settings().streams.url_lifetime;
    return scope.serving->urls.sign(id, until);
}

void add_stream_headers(
    const request_scope& scope, const stream_identity& stream, upstream::header_list& headers
) {
    if (!stream.names.told && !stream.dialect->outlives_clients()) return;
    headers.emplace_back("X-Stream-Id", stream.names.id);
    headers.emplace_back("Location", "/v1/streams/" + stream.names.id);
    // Whose key it is gets what lets others do without.
    if (!scope.who.key_id.empty() && scope.who.owns(stream))
        headers.emplace_back("X-Stream-Signed-Url", signed_url(scope, stream.names.id));
}

bool keeps_alive_behind(const request_scope& scope, const stream_identity& stream) {
    return stream.dialect != &native_dialect() && keeps_alive(scope) &&
           !scope.settings().server.close_after_stream && !scope.request.http10;
}

std::string stream_head(
    const request_scope& scope,
    const stream_identity& stream,
    const upstream::header_list& more,
    bool keep_alive
) {
    auto headers = common_headers(scope, keep_alive);
    constexpr std::size_t own = 8;
    headers.reserve(headers.size() + own + more.size());
    for (auto& header : stream.dialect->stream_headers())
        headers.push_back(std::move(header));
    headers.emplace_back("Cache-Control", "no-cache, no-transform");
    headers.emplace_back("X-Accel-Buffering", "no");
    headers.emplace_back("X-Content-Type-Options", "nosniff");
    add_stream_headers(scope, stream, headers);
    if (!scope.request.http10) headers.emplace_back("Transfer-Encoding", "chunked");
    headers.insert(headers.end(), more.begin(), more.end());
    std::string head;
    append_head(head, 200, headers);
    return head;
}

std::string_view outcome_word(stream_response::end end, upstream::outcome generated) {
    using upstream::outcome;
    switch (end) {
        case stream_response::end::gone:
        case stream_response::end::cut:
            return upstream::to_string(outcome::client_gone);
        case stream_response::end::stalled:
            return upstream::to_string(outcome::slow_reader);
        case stream_response::end::gap:
            return upstream::to_string(outcome::gap);
        case stream_response::end::none:
        case stream_response::end::complete:
            break;
    }
    return upstream::to_string(generated);
}

}  // namespace sluice::gateway
