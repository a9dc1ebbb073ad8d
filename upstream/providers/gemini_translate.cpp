#include "upstream/providers/gemini_translate.hpp"

#include "upstream/providers/gemini_config.hpp"
#include "upstream/providers/gemini_contents.hpp"
#include "upstream/providers/gemini_model.hpp"
#include "upstream/providers/translation.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::size_t label_bytes_max = 63;

json declaration_of(const tool& tool) {
    json made{{"name", tool.name}};
    if (!tool.description.empty()) made["description"] = tool.description;
    if (!tool.parameters.is_null()) made["parametersJsonSchema"] = tool.parameters;
    return made;
}

json tools_of(const std::vector<tool>& tools) {
    auto declarations = json::array();
    for (const auto& each : tools)
        declarations.push_back(declaration_of(each));
    return json::array({{{"functionDeclarations", std::move(declarations)}}});
}

json calling_of(const tool_choice& choice) {
    using mode = tool_choice::mode;
    switch (choice.how) {
        case mode::automatic:
            return {{"mode", "AUTO"}};
        case mode::none:
            return {{"mode", "NONE"}};
        case mode::required:
            return {{"mode", "ANY"}};
        case mode::named:
            break;
    }
    return {{"mode", "ANY"}, {"allowedFunctionNames", json::array({choice.name})}};
}

bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= label_bytes_max && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

/// Google Cloud bills by labels, whose alphabet is narrow.
bool are_labels(const json& metadata) {
    if (!metadata.is_object() || metadata.empty()) return false;
    for (const auto& [key, value] : metadata.items()) {
        if (!is_label(key) || !value.is_string()) return false;
        if (!is_label(value.get_ref<const std::string&>())) return false;
    }
    return true;
}

std::optional<failure> refuse_other_work(
    const call& call, const provider_settings& provider, std::string_view model
) {
    if (call.api == api::anthropic_count_tokens) {
        return rejected(
            404,
            "not_found_error",
            "the target '" + target_name(provider, model) + "' counts no tokens"
        );
    }
    if (call.api == api::openai_embeddings || call.embedding) {
        return cannot_carry(call, provider, model, "input", "makes no embeddings");
    }
    return refuse_untranslatable(call, provider, model);
}

std::optional<failure> refuse_tool_wishes(
    const call& call, const provider_settings& provider, std::string_view model
) {
    const auto& asked = call.request;
    if (asked.tools.empty() || asked.parallel_tool_calls.value_or(true)) return {};
    return cannot_carry(
        call, provider, model, "parallel_tool_calls", "may call several tools at once"
    );
}

void note_dropped(const call& call, const provider_settings& provider, dropped_fields& dropped) {
    const auto& asked = call.request;
    const bool strict = std::ranges::any_of(asked.tools, [](const auto& each) {
        return each.strict.value_or(false);
    });
    dropped.note(strict, "strict");
    dropped.note(!asked.user.empty(), "user");
    const bool labelled = is_vertex(provider) && are_labels(asked.metadata);
    dropped.note(!asked.metadata.is_null() && !labelled, "metadata");
}

}  // namespace

boost::system::result<gemini_body, failure> translate_gemini_body(
    const call& call, const provider_settings& provider, std::string_view model
) {
    const auto& asked = call.request;
    if (auto problem = refuse_other_work(call, provider, model)) return *problem;
    if (auto problem = refuse_tool_wishes(call, provider, model)) return *problem;
    dropped_fields dropped(call);
    auto conversation = gemini_contents(call, provider, model);
    if (!conversation) return std::move(conversation).error();
    auto config = gemini_config(call, provider, model, dropped);
    if (!config) return std::move(config).error();
    note_dropped(call, provider, dropped);

    json body{{"contents", std::move(conversation->contents)}};
    if (!conversation->system.empty()) {
        body["systemInstruction"] = {{"parts", std::move(conversation->system)}};
    }
    if (!config->empty()) body["generationConfig"] = std::move(*config);
    if (!asked.tools.empty()) {
        body["tools"] = tools_of(asked.tools);
        if (asked.tool_choice) {
            body["toolConfig"] = {{"functionCallingConfig", calling_of(*asked.tool_choice)}};
        }
    }
    if (is_vertex(provider) && are_labels(asked.metadata)) body["labels"] = asked.metadata;
    return gemini_body{dump_body(body), dropped.take()};
}

}  // namespace sluice::upstream
