#include "gateway/http/plan.hpp"

#include "gateway/http/body_input.hpp"
#include "gateway/http/credentials.hpp"
#include "gateway/http/grant_of.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/request_name.hpp"
#include "gateway/http/time_wish.hpp"
#include "gateway/http/trace_of.hpp"
#include "gateway/telemetry/genai_names.hpp"
#include "upstream/routing/sticky.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::chrono::seconds document_time{600};

/// The same whether there is such a model or not.
upstream::failure not_for_this_key(const client_key& key, const std::string& model) {
    auto reason = refusal(
        403, "permission_error", "the key '" + key.id + "' is not for the model '" + model + "'"
    );
    reason.param = "model";
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
    plan.on_disconnect = default_policy(plan, policy);
    if (const auto text = request.header("x-stream-on-disconnect")) {
        const auto wish = read_policy(*text);
        if (!wish) return misread("X-Stream-On-Disconnect", "cancel, grace or keep");
        plan.on_disconnect = *wish;
    }
    return std::nullopt;
}

/// Only what is translated can be gone on with by another target.
bool may_be_continued(const upstream::routing_rules& rules, const upstream::call& call) {
    return rules.continuation.on && call.untranslatable.empty() && !call.embedding &&
           call.api != upstream::api::anthropic_count_tokens;
}

/// Whether some target is asked with the client's own key.
bool passes_on_keys(const upstream::destination& to) {
    return std::ranges::any_of(to.candidates, [](const auto& one) {
        return one.provider->settings.client_key;
    });
}

bool asks_a_mock(const upstream::destination& to) {
    return std::ranges::any_of(to.candidates, [](const auto& one) {
        return one.provider->is_mock();
    });
}

/// What was only outlined is decoded whole where some target, or the route itself, has to
/// understand it.
std::optional<upstream::failure> decode_as_needed(
    const dialect& dialect, const upstream::destination& to, decoded_request& decoded
) {
    const auto api = decoded.call.api;
    const auto& rules = *to.rules;
    const bool understood = !to.must_relay(api) || rules.continuation.on ||
                            rules.sticky.what == upstream::sticky_rule::by::conversation;
    if (decoded.outlined && understood) {
        auto whole = dialect.decode(std::move(decoded.call.body));
        if (!whole) return std::move(whole).error();
        decoded = std::move(*whole);
    }
    if (to.may_relay(api)) dialect.prepare_relay(decoded.call.body);
    return std::nullopt;
}

/// Null unless an operator wants prompts and answers to be told. That never decides about the
/// request: what goes up as it came may be no dialect that is known here.
std::unique_ptr<transcript> transcript_of(
    const configuration& settings, const dialect& dialect, const decoded_request& decoded
) {
    if (!settings.log.content && !settings.telemetry.traces.content) return nullptr;
    if (!decoded.outlined) return std::make_unique<transcript>(decoded.call);
    auto whole = dialect.decode(decoded.call.body);
    auto said = whole ? std::move(whole->call) : upstream::call{};
    said.api = decoded.call.api;
    said.stream = decoded.call.stream;
    return std::make_unique<transcript>(said);
}

}  // namespace

boost::system::result<stream_plan, upstream::failure> make_plan(
    request_scope& scope, const dialect& dialect, decoded_request& decoded
) {
    const auto& catalog = scope.serving->catalog;
    auto& call = decoded.call;
    if (call.request.model.empty()) call.request.model = catalog.default_model();
    const auto model = call.request.model;
    scope.record.model = header_text(model);
    if (scope.trace) scope.trace->streamed = call.stream;
    if (scope.key && !scope.key->allows(model)) return not_for_this_key(*scope.key, model);
    auto found = catalog.find(model);
    if (!found) return unknown_model(model);
    if (scope.trace) scope.trace->route = found->route->name;
    const auto& policy = found->route->policy;
    if (auto problem = decode_as_needed(dialect, found->to, decoded)) return std::move(*problem);
    if (asks_a_mock(found->to)) call.mock = mock_settings_of(scope.request);
    call.headers = scope.request.headers;
    if (!passes_on_keys(found->to)) wipe_credentials(call.headers);

    stream_plan plan;
    plan.settings = scope.serving->settings;
    plan.dialect = &dialect;
    plan.to = std::move(found->to);
    plan.to.sticky = upstream::sticky_number(policy.routing.sticky, call);
    auto given = asked_time(scope.request);
    if (!given) return std::move(given).error();
    if (*given) lower(plan.to.limits, **given);
    if (!call.stream && !plan.to.limits.total) plan.to.limits.total = document_time;
    plan.key_id = scope.who.key_id;
    plan.names.route = model;
    plan.names.created = std::chrono::duration_cast<std::chrono::seconds>(
                             std::chrono::system_clock::now().time_since_epoch()
    )
                             .count();
    auto misread = apply_wishes(scope, call, policy, plan);
    if (misread) return std::move(*misread);
    plan.route = found->route->name;
    plan.operation = genai::operation_of(decoded.call.api);
    plan.request_id = scope.request.id;
    plan.asked = scope.started;
    plan.transcript = transcript_of(*plan.settings, dialect, decoded);
    tell_call(scope, plan.to, decoded);
    plan.grant = grant_of(scope, *found->route, plan, decoded);
    if (may_be_continued(*plan.to.rules, call)) call.api = upstream::api::native;
    return plan;
}

}  // namespace sluice::gateway
