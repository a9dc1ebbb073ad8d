#include "gateway/http/plan.hpp"

#include "gateway/http/body_input.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/request_name.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::chrono::seconds document_time{600};

/// Streams that may outlive their clients' connections are bounded as these are.
bool too_many_run(const gateway_state& state) {
    std::int64_t running = 0;
    for (const auto* worker : state.all_counters)
        running += worker->streams_live.value();
    return running >= static_cast<std::int64_t>(state.connections_max);
}

upstream::failure overloaded() {
    auto reason = refusal(503, "overloaded_error", "too many streams run already");
    reason.retryable = true;
    reason.retry_after = "1";
    return reason;
}

std::optional<disconnect_policy> read_policy(std::string_view text) {
    if (text == "cancel") return disconnect_policy::cancel;
    if (text == "grace") return disconnect_policy::grace;
    if (text == "keep") return disconnect_policy::keep;
    return std::nullopt;
}

/// What happens when the last reader leaves, where the request does not say: what is begun without
/// a reader needs none; then as the route has it; then who can come back is waited for.
disconnect_policy default_policy(const stream_plan& plan, const route_policy& route) {
    if (plan.detached || plan.dialect->outlives_clients()) return disconnect_policy::keep;
    return route.on_disconnect.value_or(
        plan.kept ? disconnect_policy::grace : disconnect_policy::cancel
    );
}

/// `?detach=`, `Idempotency-Key` (or `?request=`), `X-Stream-Resumable`, `X-Stream-On-Disconnect`:
/// what this one request wants of its stream.
std::optional<upstream::failure> apply_wishes(
    const request_scope& scope,
    const upstream::call& call,
    const route_policy& policy,
    stream_plan& plan
) {
    const auto& request = scope.request;
    const auto misread = [](std::string_view name, std::string_view wanted) {
        auto reason = refusal(
            400, "invalid_request_error", std::string{name}.append(" must be ").append(wanted)
        );
        reason.param = name;
        return reason;
    };
    const bool native = call.api == upstream::api::native;
    const bool events = plan.dialect->has_events();
    const auto detach = asks_to_detach(request);
    if (!detach) return misread("detach", "true or false");
    if (*detach && !native) return misread("detach", "asked of POST /v1/streams");
    if (*detach && !call.stream) return misread("stream", "true in a detached request");
    plan.detached = *detach;
    const auto resumable = read_flag(request.header("x-stream-resumable").value_or("false"));
    if (!resumable) return misread("X-Stream-Resumable", "true or false");
    if (*resumable && !events) return misread("X-Stream-Resumable", "asked of streams of events");
    auto name = request_name(request);
    if (!name) return std::move(name).error();
    if (*name) plan.request_key = scope.who.key_id + "\n" + **name;
    plan.names.told = call.stream && (native || *resumable);
    plan.kept = plan.names.told || *name || plan.dialect->outlives_clients();
    if (plan.kept && too_many_run(scope.worker.state())) return overloaded();
    plan.on_disconnect = default_policy(plan, policy);
    if (const auto text = request.header("x-stream-on-disconnect")) {
        const auto wish = read_policy(*text);
        if (!wish) return misread("X-Stream-On-Disconnect", "cancel, grace or keep");
        plan.on_disconnect = *wish;
    }
    return std::nullopt;
}

}  // namespace

boost::system::result<stream_plan, upstream::failure> make_plan(
    request_scope& scope, const dialect& dialect, decoded_request& decoded
) {
    auto& state = scope.worker.state();
    auto& call = decoded.call;
    if (call.request.model.empty()) call.request.model = state.catalog.default_model();
    const auto& model = call.request.model;
    auto found = state.catalog.find(model);
    scope.record.model = header_text(model);
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
    // What the client's own protocol carries is the provider's business.
    if (transparent) {
        decoded.dropped.clear();
        dialect.prepare_relay(call.body);
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
    if (!call.stream) {
        if (!plan.limits.total) plan.limits.total = document_time;
        // An answer that comes whole shows no progress before its end.
        if (plan.provider->speaks(call.api)) plan.limits.first_token = *plan.limits.total;
    }
    plan.key_id = scope.who.key_id;
    plan.names.route = model;
    plan.names.created = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::system_clock::now().time_since_epoch()
    )
                             .count();
    auto misread = apply_wishes(scope, call, policy, plan);
    if (misread) return std::move(*misread);
    return plan;
}

}  // namespace sluice::gateway
