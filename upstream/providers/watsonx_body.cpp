#include "upstream/providers/watsonx_body.hpp"

#include "upstream/providers/chat_refusals.hpp"
#include "upstream/providers/function_json.hpp"
#include "upstream/providers/translation.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <variant>

namespace sluice::upstream {

namespace {

using nlohmann::json;

const char* role_name(role value) {
    switch (value) {
        case role::system:
        case role::developer:
            return "system";
        case role::user:
            return "user";
        case role::assistant:
            return "assistant";
        case role::tool:
            return "tool";
    }
    return "user";
}

/// Nothing for what has no place: thoughts of earlier answers are not wanted back.
json part_json(const content_part& part) {
    if (const auto* text = std::get_if<text_part>(&part)) {
        return {{"type", "text"}, {"text", text->text}};
    }
    if (const auto* image = std::get_if<image_part>(&part)) return image_url_json(*image);
    return {};
}

/// Only a user's content is a list of parts everywhere.
json content_json(const message& from) {
    const auto is_image = [](const content_part& part) {
        return std::holds_alternative<image_part>(part);
    };
    if (std::ranges::none_of(from.content, is_image)) return text_of(from);
    auto parts = json::array();
    for (const auto& part : from.content) {
        if (auto one = part_json(part); !one.is_null()) parts.push_back(std::move(one));
    }
    return parts;
}

json message_json(const message& from) {
    json to{{"role", role_name(from.role)}};
    auto content = content_json(from);
    // A message of calls alone has none; an empty one is refused by some models.
    if (content != "" || from.tool_calls.empty()) to["content"] = std::move(content);
    if (!from.name.empty()) to["name"] = from.name;
    if (from.role == role::tool) to["tool_call_id"] = from.tool_call_id;
    for (const auto& call : from.tool_calls)
        to["tool_calls"].push_back(function_call_json(call));
    return to;
}

/// Says in words of its own which of the tools is to be called.
void put_tool_choice(json& body, const tool_choice& choice) {
    switch (choice.how) {
        case tool_choice::mode::automatic:
            body["tool_choice_option"] = "auto";
            return;
        case tool_choice::mode::none:
            body["tool_choice_option"] = "none";
            return;
        case tool_choice::mode::required:
            body["tool_choice_option"] = "required";
            return;
        case tool_choice::mode::named:
            body["tool_choice"] = {{"type", "function"}, {"function", {{"name", choice.name}}}};
            return;
    }
}

void put_tools(json& body, const request& from) {
    if (from.tools.empty()) return;
    for (const auto& tool : from.tools)
        body["tools"].push_back(function_tool_json(tool));
    if (from.tool_choice) put_tool_choice(body, *from.tool_choice);
}

json format_json(const response_format& format) {
    if (format.kind == response_format::form::json_object) return {{"type", "json_object"}};
    json schema{{"name", format.name.empty() ? "answer" : format.name}};
    if (!format.schema.is_null()) schema["schema"] = format.schema;
    if (format.strict) schema["strict"] = *format.strict;
    return {{"type", "json_schema"}, {"json_schema", std::move(schema)}};
}

void put_sampling(json& body, const request& from) {
    put_json(body, "max_completion_tokens", from.max_tokens);
    put_json(body, "temperature", from.temperature);
    put_json(body, "top_p", from.top_p);
    put_json(body, "frequency_penalty", from.frequency_penalty);
    put_json(body, "presence_penalty", from.presence_penalty);
    put_json(body, "seed", from.seed);
    put_json(body, "logprobs", from.logprobs);
    put_json(body, "top_logprobs", from.top_logprobs);
    if (!from.stop.empty()) body["stop"] = from.stop;
    if (from.choices > 1) body["n"] = from.choices;
    const auto& format = from.response_format;
    if (format && format->kind != response_format::form::text) {
        body["response_format"] = format_json(*format);
    }
}

/// The three that there are.
std::string_view effort_of(std::string_view effort) {
    if (effort == "minimal" || effort == "low") return "low";
    if (effort == "medium") return "medium";
    if (effort == "high" || effort == "xhigh" || effort == "max") return "high";
    return {};
}

/// Granite's templates have a switch, other models an effort; each overlooks the other's.
void put_reasoning(json& body, const reasoning_wish& wish) {
    if (!wish.said()) {
        put_json(body, "include_reasoning", wish.visible);
        return;
    }
    const bool off = wish.effort == "none" || wish.budget == 0;
    const bool thinks = wish.enabled.value_or(!off) && !off;
    body["chat_template_kwargs"] = {{"thinking", thinks}};
    body["include_reasoning"] = thinks && wish.visible.value_or(true);
    if (const auto effort = effort_of(wish.effort); thinks && !effort.empty()) {
        body["reasoning_effort"] = effort;
    }
}

std::vector<std::string> dropped_of(const call& call) {
    const auto& from = call.request;
    dropped_fields dropped(call);
    dropped.note(from.top_k.has_value(), "top_k");
    dropped.note(!from.user.empty(), "user");
    dropped.note(!from.metadata.is_null(), "metadata");
    dropped.note(has_strict_tool(from), "strict");
    const auto& wish = from.reasoning;
    dropped.note(wish.budget.value_or(0) > 0 && wish.effort.empty(), "reasoning_effort");
    return dropped.take();
}

}  // namespace

std::string_view watsonx_deployment(std::string_view model) {
    constexpr std::string_view prefix = "deployment/";
    return model.starts_with(prefix) ? model.substr(prefix.size()) : std::string_view();
}

boost::system::result<watsonx_body, failure> translate_watsonx_body(
    const call& call, const provider_settings& provider, std::string_view model
) {
    if (auto refusal = refuse_beyond_chat(call, provider, model)) {
        return std::move(*refusal);
    }
    const auto& from = call.request;
    json body{{"messages", json::array()}};
    if (watsonx_deployment(model).empty()) {
        body["model_id"] = model;
        const bool project = !provider.project_id.empty();
        if (project) body["project_id"] = provider.project_id;
        if (!project && !provider.space_id.empty()) body["space_id"] = provider.space_id;
    }
    for (const auto& message : from.messages)
        body["messages"].push_back(message_json(message));
    put_tools(body, from);
    put_sampling(body, from);
    put_reasoning(body, from.reasoning);
    return watsonx_body{dump_body(body), dropped_of(call)};
}

}  // namespace sluice::upstream
