#include "upstream/providers/chat_refusals.hpp"

#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <variant>

namespace sluice::upstream {

namespace {

/// A field whose loss would change the meaning, and why it would be lost.
struct obstacle {
    std::string_view field;
    std::string_view why;
};

std::string_view obstacle_in(const message& message) {
    for (const auto& part : message.content) {
        if (std::holds_alternative<audio_part>(part)) return "takes no audio";
        if (std::holds_alternative<file_part>(part)) return "takes no files";
        const auto* image = std::get_if<image_part>(&part);
        if (image == nullptr) continue;
        if (image->url.empty()) return "takes images by URL or as data only";
        if (message.role != role::user) return "takes images in messages of the user only";
    }
    return {};
}

bool may_call(const request& request) {
    const auto& choice = request.tool_choice;
    return !request.tools.empty() && (!choice || choice->how != tool_choice::mode::none);
}

std::optional<obstacle> obstacle_in(const request& request) {
    for (const auto& message : request.messages) {
        if (const auto why = obstacle_in(message); !why.empty()) return obstacle{"messages", why};
    }
    const auto is_text = [](const std::string& kind) { return kind == "text"; };
    if (!std::ranges::all_of(request.output_modalities, is_text)) {
        return obstacle{"modalities", "answers in text only"};
    }
    if (may_call(request) && request.parallel_tool_calls == false) {
        return obstacle{"parallel_tool_calls", "cannot be held to one tool call at a time"};
    }
    return {};
}

}  // namespace

std::optional<failure> refuse_beyond_chat(
    const call& call, const provider_settings& provider, std::string_view model
) {
    if (call.embedding || call.api == api::openai_embeddings) {
        return cannot_carry(call, provider, model, "input", "makes no embeddings");
    }
    if (call.api == api::anthropic_count_tokens) {
        const auto target = target_name(provider, model);
        return rejected(404, "not_found_error", "the target '" + target + "' counts no tokens");
    }
    if (auto refusal = refuse_untranslatable(call, provider, model)) return refusal;
    const auto found = obstacle_in(call.request);
    if (!found) return {};
    return cannot_carry(call, provider, model, found->field, found->why);
}

}  // namespace sluice::upstream
