#include "upstream/providers/anthropic_stop.hpp"

namespace sluice::upstream {

finish_reason reason_of_anthropic(std::string_view stop_reason, bool called) {
    if (stop_reason == "max_tokens" || stop_reason == "model_context_window_exceeded") {
        return finish_reason::length;
    }
    if (stop_reason == "refusal") return finish_reason::content_filter;
    return called ? finish_reason::tool_calls : finish_reason::stop;
}

}  // namespace sluice::upstream
