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

upstream::failure draining() {
    auto reason = refusal(503, "overloaded_error", "the gateway is shutting down");
    reason.retryable = true;
    reason.retry_after = "1";
    return reason;
}

/// What no client's connection bounds, this does: as many streams may run as clients may connect.
bool too_many_run(const gateway_state& state) {
    std::int64_t running = 0;
    for (const auto* worker : state.all_counters)
        running += worker->streams_live.value();
    return running >= static_cast<std::int64_t>(state.settings->server.connections_max);
}

upstream::failure overloaded() {
    auto reason = refusal(503, "overloaded_error", "too many streams run already");
    reason.retryable = true;
    reason.retry_after = "1";
    return reason;
}

/// `yes` or `no` in a header or parameter; nothing where it stands for neither.
std::optional<bool> read_flag(std::string_view text) {
    if (text == "true" || text == "1") return true;
    if (text == "false" || text == "0") return false;
    return std::nullopt;
}

std::optional<disconnect_policy> read_policy(std::string_view text) {
    if (text == "cancel") return disconnect_policy::cancel;
    if (text == "grace") return disconnect_policy::grace;
    if (text == "keep") return disconnect_policy::keep;
    return std::nullopt;
}

/// What happens when the last reader leaves: as the request wishes, the route has it, or the
/// surface. Who can come back is waited for.
disconnect_policy default_policy(const stream_plan& plan) {
    if (plan.detached) return disconnect_policy::keep;
    return plan.kept ? disconnect_policy::grace : disconnect_policy::cancel;
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
    if (const auto text = native ? request.parameter("detach") : std::nullopt) {
        const auto detach = read_flag(*text);
        if (!detach) return misread("detach", "true or false");
        if (*detach && !call.stream) return misread("stream", "true in a detached request");
        if (*detach && too_many_run(scope.worker.state())) return overloaded();
        plan.detached = *detach;
    }
    const auto resumable = read_flag(request.header("x-stream-resumable").value_or("false"));
    if (!resumable) return misread("X-Stream-Resumable", "true or false");
    auto name = request_name(request);
    if (!name) return std::move(name).error();
    if (*name) plan.request_key = scope.who.key_id + "\n" + **name;
    plan.names.told = call.stream && (native || *resumable);
    plan.kept = plan.names.told || *name;
    plan.on_disconnect = policy.on_disconnect.value_or(default_policy(plan));
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
