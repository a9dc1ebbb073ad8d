#include "gateway/http/authorize.hpp"

#include "gateway/http/access.hpp"
#include "gateway/http/refusal.hpp"

#include <chrono>
#include <utility>

namespace sluice::gateway {

namespace {

/// Nothing where the URL is not signed.
std::optional<bool> is_signed_well(const request_scope& scope, const std::string& id) {
    const auto signature = scope.request.parameter("signature");
    if (!signature) return std::nullopt;
    const url_signature given{scope.request.parameter("expires").value_or(""), *signature};
    return scope.serving->urls.verify(id, given, std::chrono::system_clock::now());
}

upstream::failure bad_signature() {
    return refusal(403, "permission_error", "the signed URL is not this stream's, or has expired");
}

}  // namespace

std::optional<upstream::failure> require_key(request_scope& scope) {
    const auto shown = judge_key(*scope.serving, scope.request, std::chrono::system_clock::now());
    if (!shown) return shown.error();
    if (shown->by_cookie && scope.changes_state) {
        if (auto reason = judge_cookie_use(scope.request)) return reason;
    }
    if (!shown->key) return std::nullopt;
    scope.key = shown->key;
    scope.who.key_id = shown->key->id;
    scope.who.is_operator = shown->key->role == key_role::operator_;
    scope.record.key = shown->key->id;
    return std::nullopt;
}

std::optional<upstream::failure> require_operator(request_scope& scope) {
    if (auto reason = require_key(scope)) return reason;
    if (scope.serving->keys.empty() || scope.who.is_operator) return std::nullopt;
    if (!scope.key) {
        return refusal(
            401, "authentication_error", "this takes an operator's key", "missing_api_key"
        );
    }
    return refusal(403, "permission_error", "this takes a key whose role is operator");
}

std::optional<upstream::failure> require_reader(request_scope& scope, const std::string& id) {
    const auto signed_well = is_signed_well(scope, id);
    if (signed_well == false) return bad_signature();
    auto refused = require_key(scope);
    if (!signed_well && scope.settings().streams.attach == attach_rule::key) return refused;
    // Whoever shows a key all the same is known by it.
    scope.who.invited = true;
    return std::nullopt;
}

std::optional<upstream::failure> require_stopper(request_scope& scope, const std::string& id) {
    const auto signed_well = is_signed_well(scope, id);
    if (!signed_well) return require_key(scope);
    if (!*signed_well) return bad_signature();
    scope.who.invited = true;
    return std::nullopt;
}

}  // namespace sluice::gateway
