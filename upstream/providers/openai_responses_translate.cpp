#include "upstream/providers/openai_reasoning.hpp"
#include "upstream/providers/openai_responses_request.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

// OpenAI refuses less.
constexpr std::int64_t output_tokens_min = 16;

/// Models without thoughts refuse to be asked for encrypted ones.
bool may_think(std::string_view model) {
    model.remove_prefix(std::min(model.rfind('/') + 1, model.size()));
    constexpr std::array<std::string_view, 3> thoughtless{"gpt-3", "gpt-4", "chatgpt-4"};
    return std::ranges::none_of(thoughtless, [&](std::string_view begin) {
        return model.starts_with(begin);
    });
}

json schema_or_empty(const json& schema) {
    if (!schema.is_null()) return schema;
    return {{"type", "object"}, {"properties", json::object()}};
}

json tools_of(const request& request) {
    auto tools = json::array();
    for (const auto& each : request.tools) {
        json tool{
            {"type", "function"},
            {"name", each.name},
            {"parameters", schema_or_empty(each.parameters)},
            // Strict is the default of this API and of no other.
            {"strict", each.strict.value_or(false)},
        };
        if (!each.description.empty()) tool["description"] = each.description;
        tools.push_back(std::move(tool));
    }
    return tools;
}

json tool_choice_of(const tool_choice& choice) {
    switch (choice.how) {
        case tool_choice::mode::none:
            return "none";
        case tool_choice::mode::required:
            return "required";
        case tool_choice::mode::named:
            return {{"type", "function"}, {"name", choice.name}};
        case tool_choice::mode::automatic:
            break;
    }
    return "auto";
}

json format_of(const response_format& format) {
    // A schema beside "json_object" is llama.cpp's way of asking for it.
    if (format.kind == response_format::form::text) return {{"type", "text"}};
    if (format.kind == response_format::form::json_object && format.schema.is_null()) {
        return {{"type", "json_object"}};
    }
    json made{
        {"type", "json_schema"},
        {"name", format.name.empty() ? "response" : format.name},
        {"schema", schema_or_empty(format.schema)},
    };
    if (format.strict) made["strict"] = *format.strict;
    return made;
}

/// What tells the model how to go about it.
void put_tuning(const request& request, json& body, dropped_fields& dropped) {
    if (request.max_tokens) {
        body["max_output_tokens"] = std::max(*request.max_tokens, output_tokens_min);
        dropped.note(*request.max_tokens < output_tokens_min, "max_tokens");
    }
    if (request.temperature) body["temperature"] = *request.temperature;
    if (request.top_p) body["top_p"] = *request.top_p;
    if (!request.user.empty()) body["user"] = request.user;
    if (request.metadata.is_object() && !request.metadata.empty()) {
        body["metadata"] = request.metadata;
    }
    dropped.note(request.seed.has_value(), "seed");
    dropped.note(request.top_k.has_value(), "top_k");
    dropped.note(request.frequency_penalty.has_value(), "frequency_penalty");
    dropped.note(request.presence_penalty.has_value(), "presence_penalty");
}

void put_reasoning(const request& request, json& body, dropped_fields& dropped) {
    const auto& wish = request.reasoning;
    // There is no word for "off" that every model knows.
    const bool off = is_thoughtless(wish) && wish.effort.empty();
    dropped.note(off, "reasoning_effort");
    if (off) return;
    auto reasoning = json::object();
    // The words of this API are the wide ones, whoever serves it.
    if (auto effort = openai_effort_of(wish, true); !effort.empty()) {
        reasoning["effort"] = std::move(effort);
    }
    if (!wish.summary.empty()) {
        reasoning["summary"] = wish.summary;
    } else if (wish.visible == true) {
        reasoning["summary"] = "auto";
    }
    if (!reasoning.empty()) body["reasoning"] = std::move(reasoning);
}

void put_tools(const request& request, json& body) {
    if (!request.tools.empty()) body["tools"] = tools_of(request);
    if (request.tool_choice) body["tool_choice"] = tool_choice_of(*request.tool_choice);
    if (request.parallel_tool_calls) body["parallel_tool_calls"] = *request.parallel_tool_calls;
}

void put_includes(const request& request, std::string_view model, json& body) {
    auto include = json::array();
    if (may_think(model) || request.reasoning.said()) {
        include.push_back("reasoning.encrypted_content");
    }
    if (request.logprobs == true || request.top_logprobs) {
        include.push_back("message.output_text.logprobs");
        if (request.top_logprobs) body["top_logprobs"] = *request.top_logprobs;
    }
    if (!include.empty()) body["include"] = std::move(include);
}

std::optional<failure> refuse(
    const call& call, const provider_settings& provider, std::string_view model
) {
    const auto cannot = [&](std::string_view field, std::string_view why) {
        return cannot_carry(call, provider, model, field, why);
    };
    if (call.api == api::anthropic_count_tokens) {
        return rejected(
            404,
            "not_found_error",
            "the target '" + target_name(provider, model) + "' counts no tokens beforehand"
        );
    }
    if (call.embedding || call.api == api::openai_embeddings) {
        return cannot("input", "makes no embeddings");
    }
    if (auto refusal = refuse_untranslatable(call, provider, model)) return refusal;
    if (call.request.choices > 1) return cannot("n", "makes one answer at a time");
    if (!call.request.stop.empty()) return cannot("stop", "takes no stop sequences");
    const auto& wanted = call.request.output_modalities;
    const bool only_text = std::ranges::all_of(wanted, [](auto& each) { return each == "text"; });
    if (!only_text) return cannot("modalities", "answers in text only");
    return {};
}

}  // namespace

boost::system::result<responses_body, failure> translate_responses_body(
    const call& call, const provider_settings& provider, std::string_view model
) {
    if (auto refusal = refuse(call, provider, model)) return std::move(*refusal);
    const auto& request = call.request;
    responses_body made;
    made.json = {{"model", model}, {"stream", true}, {"store", false}};
    if (auto put = put_responses_input(call, provider, model, made.json); !put) {
        return std::move(put).error();
    }
    dropped_fields dropped(call);
    put_tuning(request, made.json, dropped);
    put_reasoning(request, made.json, dropped);
    put_tools(request, made.json);
    put_includes(request, model, made.json);
    if (request.response_format) {
        made.json["text"]["format"] = format_of(*request.response_format);
    }
    made.dropped = dropped.take();
    return made;
}

}  // namespace sluice::upstream
