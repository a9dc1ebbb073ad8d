#include "gateway/http/grant_of.hpp"

#include "gateway/admission/estimate.hpp"
#include "gateway/admission/prices.hpp"
#include "upstream/mock/prompt.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

/// A request that goes up as it came was not looked into: its texts are as long as they are, and
/// what is a picture, a recording or a file has one size.
std::int64_t estimated_input(const decoded_request& decoded) {
    const auto& call = decoded.call;
    if (decoded.outlined) return estimated_tokens(call.body);
    if (call.embedding) return upstream::mock::count_prompt_tokens(*call.embedding);
    return upstream::mock::count_prompt_tokens(call.request);
}

/// What an answer may have at most, where the request says so or has none.
std::optional<std::int64_t> output_bound(const upstream::call& call) {
    if (call.embedding) return 0;
    const auto& asked = call.request;
    if (!asked.max_tokens) return std::nullopt;
    constexpr std::int64_t largest = 1'000'000'000;
    return std::clamp<std::int64_t>(*asked.max_tokens, 0, largest) * std::max(asked.choices, 1);
}

/// The highest of what the targets cost, so that a budget holds whoever answers.
std::optional<token_price> highest_price(
    const configuration& settings, const upstream::destination& to
) {
    std::optional<token_price> highest;
    if (settings.prices.empty()) return highest;
    for (const auto& target : to.candidates) {
        const auto* price =
            find_price(settings.prices, target.provider->settings.name, target.model);
        if (!price) continue;
        if (!highest) highest = token_price{};
        highest->input = std::max(highest->input, price->input);
        highest->output = std::max(highest->output, price->output);
    }
    return highest;
}

bool is_bounded(const usage_limits& limits) {
    return limits != usage_limits{};
}

ledger_record opening_line(
    const request_scope& scope, const stream_plan& plan, const upstream::call& call
) {
    ledger_record record;
    record.started = std::chrono::system_clock::now();
    record.request_id = scope.request.id;
    record.key = scope.who.key_id;
    if (scope.key) record.labels = scope.key->labels;
    record.model = plan.names.route;
    record.dialect = plan.dialect->name();
    record.streamed = call.stream;
    return record;
}

}  // namespace

std::unique_ptr<grant> grant_of(
    const request_scope& scope,
    const model_route& route,
    const stream_plan& plan,
    const decoded_request& decoded
) {
    auto* ledger = scope.worker.state().ledger.get();
    const bool bounded = is_bounded(route.limits) || (scope.key && is_bounded(scope.key->limits));
    if (!bounded && !ledger) return nullptr;
    applicant who;
    who.settings = scope.serving->settings;
    who.key = scope.key;
    who.route = &route;
    who.price = highest_price(*who.settings, plan.to);
    who.input_tokens = estimated_input(decoded);
    who.output_tokens_max = output_bound(decoded.call);
    who.free_of_charge = decoded.call.api == upstream::api::anthropic_count_tokens;
    if (ledger) who.record = opening_line(scope, plan, decoded.call);
    return std::make_unique<grant>(scope.worker.store(), ledger, std::move(who));
}

}  // namespace sluice::gateway
