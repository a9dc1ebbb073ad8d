#include "upstream/routing/upstreams.hpp"

#include "upstream/mock/mock.hpp"
#include "upstream/providers/openai_chat.hpp"
#include "upstream/routing/exchange.hpp"

#include <utility>

namespace sluice::upstream {

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
        if (provider.is_mock()) {
            call.request.model = model;
            return start_mock(context_, provider.mock, call, events);
        }
        return std::make_unique<exchange>(
            *engine_, make_openai_chat_codec(), provider.settings, call, model, events
        );
    };
    return std::make_unique<attempts>(context_, limits, std::move(attempt), listener);
}

}  // namespace sluice::upstream
