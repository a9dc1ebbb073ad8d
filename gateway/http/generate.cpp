#include "gateway/http/generate.hpp"

#include "gateway/http/body_input.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/stream_answer.hpp"
#include "gateway/http/stream_response.hpp"
#include "gateway/streams/stream_id.hpp"
#include "upstream/mock/options.hpp"

#include <chrono>
#include <cstdint>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds document_time{600};

upstream::failure draining() {
    auto reason = refusal(503, "overloaded_error", "the gateway is shutting down");
    reason.retryable = true;
    reason.retry_after = "1";
    return reason;
}

/// A stream as it is to be begun, or why it is not.
boost::system::result<stream_plan, upstream::failure> make_plan(
    request_scope& scope, const dialect& dialect, decoded_request& decoded
) {
    auto& state = scope.worker.state();
    auto& call = decoded.call;
    if (state.draining) return draining();
    if (call.request.model.empty()) call.request.model = state.catalog.default_model();
    const auto& model = call.request.model;
    auto found = state.catalog.find(model);
    scope.record.model = model.substr(0, 200);
    if (!found) {
        auto reason = refusal(
            404, "not_found_error", "no model '" + model + "' is configured here", "model_not_found"
        );
        reason.param = "model";
        return reason;
    }
    scope.record.target = found->provider->settings.name + "/" + found->model;
    const bool transparent = found->provider->speaks(call.api);
    if (decoded.outlined && !transparent) {
        auto whole = dialect.decode(std::move(call.body));
        if (!whole) return std::move(whole).error();
        decoded = std::move(*whole);
    }
    if (!decoded.unknown_part.empty() && !transparent) {
        return refusal(
            400,
            "invalid_request_error",
            "'" + decoded.unknown_part + "' is of a kind that the target cannot take"
        );
    }
    if (found->provider->is_mock()) call.mock = mock_settings_of(scope.request);
    call.headers = scope.request.headers;

    stream_plan plan;
    plan.settings = state.settings;
    plan.dialect = &dialect;
    plan.provider = std::move(found->provider);
    plan.target_model = std::move(found->model);
    const auto& policy = found->route->policy;
    plan.limits = {policy.first_token_timeout, policy.progress_timeout, policy.total_timeout};
    const bool native = call.api == upstream::api::native;
    plan.attachable = native && call.stream;
    plan.on_disconnect = policy.on_disconnect.value_or(
        native ? disconnect_policy::grace : disconnect_policy::cancel
    );
    if (!call.stream) {
        if (!plan.limits.total) plan.limits.total = document_time;
        // An answer that comes whole shows no progress before its end.
        if (plan.provider->speaks(call.api)) plan.limits.first_token = *plan.limits.total;
    }
    plan.key_id = scope.key_id;
    plan.names.route = model;
    plan.names.created = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::system_clock::now().time_since_epoch()
    )
                             .count();
    return plan;
}

/// `X-Stream-On-Disconnect`: what this one request wants to happen when its reader leaves.
std::optional<upstream::failure> apply_disconnect_wish(
    const http_request& request, stream_plan& plan
) {
    const auto wish = request.header("x-stream-on-disconnect");
    if (!wish) return std::nullopt;
    if (*wish == "cancel")
        plan.on_disconnect = disconnect_policy::cancel;
    else if (*wish == "grace")
        plan.on_disconnect = disconnect_policy::grace;
    else if (*wish == "keep")
        plan.on_disconnect = disconnect_policy::keep;
    else
        return refusal(
            400, "invalid_request_error", "X-Stream-On-Disconnect must be cancel, grace or keep"
        );
    return std::nullopt;
}

/// `X-Mock-Error: cut-after=N` resets the client's connection behind N tokens. The frame that opens
/// a stream, or tells the role, comes before the first of them.
std::optional<std::uint64_t> cut_frame(const upstream::call& call) {
    const auto setting = call.mock.find("error");
    if (setting == call.mock.end()) return std::nullopt;
    const auto asked = upstream::parse_mock_error(setting->second);
    if (!asked || asked->what != upstream::mock_error::kind::cut_after) return std::nullopt;
    return static_cast<std::uint64_t>(asked->value) + 1;
}

/// Headers that tell about a generation, streamed or not.
void add_generation_headers(
    const request_scope& scope,
    const stream& stream,
    const std::vector<std::string>& dropped,
    upstream::header_list& headers
) {
    headers.emplace_back("X-Sluice-Model", scope.record.model);
    const auto& upstream_head = stream.upstream_head();
    if (!upstream_head.request_id.empty()) {
        headers.emplace_back("X-Upstream-Request-Id", upstream_head.request_id);
    }
    for (const auto& header : upstream_head.headers)
        headers.push_back(header);
    if (dropped.empty()) return;
    std::string names;
    for (const auto& name : dropped) {
        if (names.size() > 1000) break;
        if (!names.empty()) names += ", ";
        for (const char c : name)
            names += c > ' ' && c < 0x7f && c != ',' ? c : '?';
    }
    headers.emplace_back("X-Sluice-Dropped", names);
}

void record_generation(request_scope& scope, const stream& stream) {
    auto& record = scope.record;
    if (const auto first = stream.metered().first_content()) {
        record.ttft = std::chrono::duration_cast<std::chrono::milliseconds>(*first - scope.started);
    }
    const auto usage = stream.metered().usage();
    record.input_tokens = usage.input_tokens;
    record.output_tokens = usage.output_tokens;
    if (stream.plan().attachable) record.stream = short_hash(stream.id());
    if (stream.ended()) record.outcome = upstream::to_string(stream.ending().outcome);
}

asio::awaitable<bool> respond_undecided(
    request_scope& scope, const stream& stream, const std::vector<std::string>& dropped
) {
    record_generation(scope, stream);
    const auto& ending = stream.ending();
    http_response response;
    add_generation_headers(scope, stream, dropped, response.headers);
    if (ending.failure) {
        const auto& reason = *ending.failure;
        response.status = reason.status;
        response.body = scope.dialect->error_body(reason);
        if (!reason.retry_after.empty())
            response.headers.emplace_back("Retry-After", reason.retry_after);
    } else {
        response.body = stream.document();
    }
    co_return co_await respond(scope, std::move(response));
}

/// Whether the connection may serve another request once the stream has ended.
bool keeps_alive_behind(const request_scope& scope, const stream& stream) {
    return !stream.plan().attachable && keeps_alive(scope) &&
           !scope.settings().server.close_after_stream && !scope.request.http10;
}

std::string generation_head(
    const request_scope& scope,
    const stream& stream,
    const std::vector<std::string>& dropped,
    bool keep
) {
    upstream::header_list headers;
    add_generation_headers(scope, stream, dropped, headers);
    const auto& id = stream.plan().attachable ? stream.id() : std::string{};
    return stream_head(scope, id, headers, keep);
}

/// Gives the client a stream that has just been opened for it.
asio::awaitable<bool> relay(
    request_scope& scope,
    stream& stream,
    stream_response::settings settings,
    std::vector<std::string> dropped
) {
    stream_response response{
        scope.client, scope.worker.streams(), scope.worker.counters(), settings};
    response.attach(stream, 0);
    response.when_started([&stream] { stream.note_start_delivered(); });
    bool keep = false;
    std::function<std::string()> head = [&] {
        scope.record.status = 200;
        keep = keeps_alive_behind(scope, stream);
        return generation_head(scope, stream, dropped, keep);
    };
    co_await response.until_decided(std::move(head));
    if (response.client_gone() && !response.begun()) {
        scope.client.close();
        record_generation(scope, stream);
        scope.record.status = 499;
        scope.record.outcome = "client_gone";
        co_return false;
    }
    if (!stream.committed()) {
        response.stop_watching();
        co_return co_await respond_undecided(scope, stream, dropped);
    }
    const auto end = co_await response.until_over();
    // Nobody is there to whom a farewell could be lost.
    if (response.client_gone()) scope.client.close();
    record_generation(scope, stream);
    scope.record.outcome =
        outcome_word(end, stream.ended() ? stream.ending().outcome : upstream::outcome::completed);
    const bool complete = end == stream_response::end::complete;
    co_return keep&& complete;
}

}  // namespace

// Not coroutines themselves: what they need to begin a stream would stand in their frames for as
// long as it lasts.

asio::awaitable<bool> generate(
    request_scope& scope, const dialect& dialect, decoded_request decoded
) {
    scope.dialect = &dialect;
    auto plan = make_plan(scope, dialect, decoded);
    if (!plan) return respond_error(scope, std::move(plan).error());
    auto misunderstood = apply_disconnect_wish(scope.request, *plan);
    if (misunderstood) return respond_error(scope, std::move(*misunderstood));

    auto settings = response_settings(scope);
    settings.cut_after = cut_frame(decoded.call);
    plan->call = std::move(decoded.call);
    auto& stream = scope.worker.streams().open(std::move(*plan));
    return relay(scope, stream, settings, std::move(decoded.dropped));
}

asio::awaitable<bool> answer_native_post(request_scope& scope) {
    auto decoded = decode_body(scope.request, native_dialect());
    if (!decoded) return respond_error(scope, std::move(decoded).error());
    if (wants_document(scope.request)) decoded->call.stream = false;
    return generate(scope, native_dialect(), std::move(*decoded));
}

asio::awaitable<bool> answer_chat_completions(request_scope& scope) {
    auto decoded = decode_body(scope.request, openai_chat_dialect());
    if (!decoded) return respond_error(scope, std::move(decoded).error());
    return generate(scope, openai_chat_dialect(), std::move(*decoded));
}

}  // namespace sluice::gateway
