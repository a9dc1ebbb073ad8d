#include "upstream/providers/openai_request.hpp"

#include <nlohmann/json.hpp>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// What differs between the hosts that say they are compatible.
struct accent {
    bool openai = false;   ///< OpenAI itself or Azure: knows the newest words
    bool mistral = false;  ///< has its own word for the seed
};

accent accent_of(const provider_settings& provider) {
    const auto at = [&](std::string_view host) {
        return provider.base_url.find(host) != std::string::npos;
    };
    return {
        .openai = provider.kind == provider_settings::protocol::azure || at("://api.openai.com"),
        .mistral = at("://api.mistral.ai"),
    };
}

const char* role_name(role value, const accent& host) {
    switch (value) {
        case role::system:
            return "system";
        case role::developer:
            return host.openai ? "developer" : "system";
        case role::user:
            return "user";
        case role::assistant:
            return "assistant";
        case role::tool:
            return "tool";
    }
    return "user";
}

json part_json(const text_part& part) {
    return {{"type", "text"}, {"text", part.text}};
}

json part_json(const image_part& part) {
    json image{{"url", part.url}};
    if (!part.detail.empty()) image["detail"] = part.detail;
    return {{"type", "image_url"}, {"image_url", std::move(image)}};
}

json part_json(const audio_part& part) {
    return {
        {"type", "input_audio"}, {"input_audio", {{"data", part.data}, {"format", part.format}}}};
}

json part_json(const file_part& part) {
    auto file = json::object();
    if (!part.id.empty()) file["file_id"] = part.id;
    if (!part.data.empty()) file["file_data"] = part.data;
    if (!part.name.empty()) file["filename"] = part.name;
    return {{"type", "file"}, {"file", std::move(file)}};
}

json content_json(const message& from) {
    if (from.content.empty()) return from.tool_calls.empty() ? json("") : json();
    const auto* only = std::get_if<text_part>(&from.content.front());
    if (from.content.size() == 1 && only != nullptr) return only->text;
    auto parts = json::array();
    for (const auto& part : from.content) {
        parts.push_back(std::visit([](const auto& each) { return part_json(each); }, part));
    }
    return parts;
}

json call_json(const tool_call& call) {
    const auto& arguments = call.arguments.empty() ? "{}" : call.arguments;
    return {
        {"id", call.id},
        {"type", "function"},
        {"function", {{"name", call.name}, {"arguments", arguments}}}};
}

json message_json(const message& from, const accent& host) {
    json to{{"role", role_name(from.role, host)}, {"content", content_json(from)}};
    if (!from.name.empty()) to["name"] = from.name;
    if (from.role == role::tool) to["tool_call_id"] = from.tool_call_id;
    for (const auto& call : from.tool_calls)
        to["tool_calls"].push_back(call_json(call));
    return to;
}

json tool_json(const tool& from) {
    json function{{"name", from.name}};
    if (!from.description.empty()) function["description"] = from.description;
    if (!from.parameters.is_null()) function["parameters"] = from.parameters;
    if (from.strict) function["strict"] = *from.strict;
    return {{"type", "function"}, {"function", std::move(function)}};
}

json choice_json(const tool_choice& choice) {
    switch (choice.how) {
        case tool_choice::mode::automatic:
            return "auto";
        case tool_choice::mode::none:
            return "none";
        case tool_choice::mode::required:
            return "required";
        case tool_choice::mode::named:
            break;
    }
    return {{"type", "function"}, {"function", {{"name", choice.name}}}};
}

json format_json(const response_format& format) {
    if (format.kind == response_format::form::json_object) return {{"type", "json_object"}};
    json schema{{"name", format.name.empty() ? "answer" : format.name}};
    if (!format.schema.is_null()) schema["schema"] = format.schema;
    if (format.strict) schema["strict"] = *format.strict;
    return {{"type", "json_schema"}, {"json_schema", std::move(schema)}};
}

template <class Value>
void put(json& body, const char* key, const std::optional<Value>& value) {
    if (value) body[key] = *value;
}

/// A choice of tools without tools is refused by most.
void put_tools(json& body, const request& from) {
    if (from.tools.empty()) return;
    for (const auto& tool : from.tools)
        body["tools"].push_back(tool_json(tool));
    if (from.tool_choice) body["tool_choice"] = choice_json(*from.tool_choice);
    put(body, "parallel_tool_calls", from.parallel_tool_calls);
}

void put_sampling(json& body, const request& from, const accent& host) {
    put(body, host.openai ? "max_completion_tokens" : "max_tokens", from.max_tokens);
    put(body, "temperature", from.temperature);
    put(body, "top_p", from.top_p);
    put(body, "frequency_penalty", from.frequency_penalty);
    put(body, "presence_penalty", from.presence_penalty);
    put(body, host.mistral ? "random_seed" : "seed", from.seed);
    put(body, "logprobs", from.logprobs);
    put(body, "top_logprobs", from.top_logprobs);
    if (!from.stop.empty()) body["stop"] = from.stop;
    if (from.choices > 1) body["n"] = from.choices;
    if (!from.reasoning_effort.empty()) body["reasoning_effort"] = from.reasoning_effort;
    if (!from.user.empty()) body["user"] = from.user;
}

}  // namespace

std::string translate_openai_body(
    const request& request, const provider_settings& provider, std::string_view model
) {
    const auto host = accent_of(provider);
    json body{{"model", model}, {"messages", json::array()}, {"stream", true}};
    for (const auto& message : request.messages) {
        body["messages"].push_back(message_json(message, host));
    }
    put_tools(body, request);
    put_sampling(body, request, host);
    const auto& format = request.response_format;
    if (format && format->kind != response_format::form::text) {
        body["response_format"] = format_json(*format);
    }
    if (provider.ask_usage) body["stream_options"] = {{"include_usage", true}};
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace sluice::upstream
