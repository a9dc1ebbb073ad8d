#include "upstream/routing/upstreams.hpp"

#include "upstream/mock/mock.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/routing/attempts.hpp"
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
const mock_settings& estimating_mock() {
    static const mock_settings settings = [] {
        mock_settings made;
        made.ttft = {};
        made.prompt_settings = false;
        return made;
    }();
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

/// One attempt. The mock knows its model by the request's name for it.
std::unique_ptr<source> upstreams::attempt(
    const candidate& target, call& call, source_listener& events
) {
    const auto& provider = *target.provider;
    if (provider.is_mock() || provider.estimates(call.api)) {
        auto named = std::exchange(call.request.model, target.model);
        const auto& settings = provider.is_mock() ? provider.mock : estimating_mock();
        auto made = start_mock(context_, settings, call, events);
        call.request.model = std::move(named);
        return made;
    }
    if (provider.is_replay()) {
        return start_replay(
            context_, provider.settings, provider.replay, call, target.model, events
        );
    }
    return exchange_with(provider.settings, call, target.model, events);
}

std::unique_ptr<source> upstreams::begin(destination to, call call, source_listener& listener) {
    auto begin = [this](const candidate& target, upstream::call& asked, source_listener& events) {
        return attempt(target, asked, events);
    };
    return std::make_unique<attempts>(
        context_, std::move(to), std::move(call), std::move(begin), listener
    );
}

}  // namespace sluice::upstream
