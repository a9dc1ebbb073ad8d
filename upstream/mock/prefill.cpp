#include "upstream/mock/prefill.hpp"

#include "upstream/utf8.hpp"

#include <variant>

namespace sluice::upstream::mock {
namespace {

/// Thoughts are no part of the text; anything but those two cannot be gone on with.
std::optional<std::string> text_of(const message& message) {
    if (message.role != role::assistant || !message.tool_calls.empty()) return std::nullopt;
    std::string text;
    for (const content_part& part : message.content) {
        if (const auto* const said = std::get_if<text_part>(&part))
            text += said->text;
        else if (!std::holds_alternative<reasoning_part>(part))
            return std::nullopt;
    }
    if (!is_utf8(text)) return std::nullopt;
    return text;
}

}  // namespace

std::optional<begun_answer> take_prefill(const call& call) {
    if (!call.request.prefilled || call.request.messages.empty()) return std::nullopt;
    if (call.embedding || call.api == api::anthropic_count_tokens) return std::nullopt;
    auto text = text_of(call.request.messages.back());
    if (!text) return std::nullopt;
    begun_answer made;
    made.asked.api = call.api;
    made.asked.stream = call.stream;
    made.asked.request = call.request;
    made.asked.request.messages.pop_back();
    made.beginning = *std::move(text);
    return made;
}

}  // namespace sluice::upstream::mock
