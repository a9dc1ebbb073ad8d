#include "upstream/routing/upstreams.hpp"

#include "upstream/mock/mock.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/routing/authorized_exchange.hpp"
#include "upstream/routing/exchange.hpp"
#include "upstream/routing/replayed_exchange.hpp"

#include <chrono>
#include <utility>

namespace sluice::upstream {

namespace {

/// IBM's services take no key, but a token that is given for one.
bool needs_token(const provider_settings& provider) {
    return provider.kind == provider_settings::protocol::watsonx && provider.bearer_token.empty() &&
           !provider.client_key;
}

/// Counts at once, and whatever the prompt says.
mock_settings estimating_mock() {
    mock_settings settings;
    settings.ttft = {};
    settings.prompt_settings = false;
    return settings;
}

}  // namespace

std::unique_ptr<source> upstreams::exchange_with(
    const provider_settings& provider,
    const call& call,
    const std::string& model,
    source_listener& events
) {
    const auto begin = [this](
                           const provider_settings& settings,
                           const upstream::call& asked,
                           const std::string& target,
                           source_listener& listener
                       ) -> std::unique_ptr<source> {
        auto codec = make_codec(settings, asked.api, std::chrono::system_clock::now());
        return std::make_unique<exchange>(
            *engine_,
            std::move(codec),
            settings,
            asked,
            target,
            listener,
            recorder_ ? &*recorder_ : nullptr
        );
    };
    if (!needs_token(provider)) return begin(provider, call, model, events);
    return std::make_unique<authorized_exchange>(
        *tokens_,
        provider,
        [begin, call, model, &events](const provider_settings& authorized) {
            return begin(authorized, call, model, events);
        },
        events
    );
}

std::unique_ptr<source> upstreams::begin(
    const provider& provider,
    std::string model,
    call call,
    const timeouts& limits,
    source_listener& listener
) {
    auto attempt = [this, &provider, model = std::move(model), call = std::move(call)](
                       source_listener& events
                   ) mutable -> std::unique_ptr<source> {
        if (provider.is_mock() || provider.estimates(call.api)) {
            call.request.model = model;
            if (provider.is_mock()) return start_mock(context_, provider.mock, call, events);
            return start_mock(context_, estimating_mock(), call, events);
        }
        if (provider.is_replay()) {
            return start_replay(context_, provider.settings, provider.replay, call, model, events);
        }
        return exchange_with(provider.settings, call, model, events);
    };
    return std::make_unique<attempts>(context_, limits, std::move(attempt), listener);
}

}  // namespace sluice::upstream
