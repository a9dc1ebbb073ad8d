#include "upstream/providers/chat_refusals.hpp"
#include "upstream/providers/cohere_request.hpp"
#include "upstream/providers/function_json.hpp"
#include "upstream/providers/translation.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::size_t stop_sequences_max = 5;  // Cohere's own bounds, here and below
constexpr std::int64_t k_max = 500;
constexpr std::pair p_range{0.01, 0.99};
constexpr std::pair penalty_range{0.0, 1.0};

// ---- messages ----

json user_content(const message& from) {
    auto parts = json::array();
    bool images = false;
    for (const auto& part : from.content) {
        if (const auto* text = std::get_if<text_part>(&part)) {
            parts.push_back({{"type", "text"}, {"text", text->text}});
        } else if (const auto* image = std::get_if<image_part>(&part)) {
            images = true;
            parts.push_back(image_url_json(*image));
        }
    }
    return images ? std::move(parts) : json(text_of(from));
}

std::string thoughts_of(const message& from) {
    std::string thoughts;
    for (const auto& part : from.content) {
        if (const auto* thought = std::get_if<reasoning_part>(&part)) thoughts += thought->text;
    }
    return thoughts;
}

/// Thoughts go back as the plan of the tool calls they led to, which every model takes. Thoughts
/// before a plain answer are of no use to the next one.
json assistant_json(const message& from) {
    json to{{"role", "assistant"}};
    auto text = text_of(from);
    if (!text.empty() || from.tool_calls.empty()) to["content"] = std::move(text);
    if (from.tool_calls.empty()) return to;
    if (auto plan = thoughts_of(from); !plan.empty()) to["tool_plan"] = std::move(plan);
    for (const auto& call : from.tool_calls)
        to["tool_calls"].push_back(function_call_json(call));
    return to;
}

json message_json(const message& from) {
    switch (from.role) {
        case role::system:
        case role::developer:
            return {{"role", "system"}, {"content", text_of(from)}};
        case role::assistant:
            return assistant_json(from);
        case role::tool:
            return {
                {"role", "tool"}, {"tool_call_id", from.tool_call_id}, {"content", text_of(from)}};
        case role::user:
            break;
    }
    return {{"role", "user"}, {"content", user_content(from)}};
}

// ---- tools ----

/// Cohere wants a schema even where there are no parameters.
json tool_json(const tool& from) {
    auto to = function_tool_json(from);
    if (from.parameters.is_null()) {
        to["function"]["parameters"] = {{"type", "object"}, {"properties", json::object()}};
    }
    return to;
}

/// A tool that is asked for by name is the only one there is.
void put_tools(json& body, const request& from) {
    const auto how = from.tool_choice ? from.tool_choice->how : tool_choice::mode::automatic;
    const bool named = how == tool_choice::mode::named;
    for (const auto& tool : from.tools) {
        if (!named || tool.name == from.tool_choice->name) body["tools"].push_back(tool_json(tool));
    }
    if (from.tools.empty()) return;
    if (how == tool_choice::mode::none) body["tool_choice"] = "NONE";
    if (named || how == tool_choice::mode::required) body["tool_choice"] = "REQUIRED";
}

// ---- the rest ----

std::optional<double> within(std::optional<double> value, const std::pair<double, double>& range) {
    if (value) value = std::clamp(*value, range.first, range.second);
    return value;
}

void put_sampling(json& body, const request& from) {
    put_json(body, "max_tokens", from.max_tokens);
    put_json(body, "temperature", from.temperature);
    put_json(body, "p", within(from.top_p, p_range));
    if (from.top_k) body["k"] = std::clamp<std::int64_t>(*from.top_k, 0, k_max);
    put_json(body, "seed", from.seed);
    put_json(body, "frequency_penalty", within(from.frequency_penalty, penalty_range));
    put_json(body, "presence_penalty", within(from.presence_penalty, penalty_range));
    if (!from.stop.empty()) body["stop_sequences"] = from.stop;
    if (from.logprobs.value_or(false)) body["logprobs"] = true;
}

void put_format(json& body, const std::optional<response_format>& format) {
    if (!format || format->kind == response_format::form::text) return;
    body["response_format"]["type"] = "json_object";
    if (!format->schema.is_null()) body["response_format"]["json_schema"] = format->schema;
}

void put_thinking(json& body, const reasoning_wish& wish) {
    if (!wish.said()) return;
    const bool off = wish.effort == "none" || wish.budget == 0 || wish.enabled == false;
    body["thinking"]["type"] = off ? "disabled" : "enabled";
    if (!off) put_json(body["thinking"], "token_budget", wish.budget);
}

/// A field whose loss would change the meaning, and why it would be lost.
std::pair<std::string_view, std::string_view> obstacle_in(const request& from) {
    if (from.choices > 1) return {"n", "gives one answer only"};
    if (from.top_logprobs.value_or(0) > 0) {
        return {"top_logprobs", "tells the probabilities of its own tokens only"};
    }
    if (from.stop.size() > stop_sequences_max) return {"stop", "takes at most five stop sequences"};
    const auto& choice = from.tool_choice;
    const bool named = choice && choice->how == tool_choice::mode::named && !from.tools.empty();
    if (named && std::ranges::find(from.tools, choice->name, &tool::name) == from.tools.end()) {
        return {"tool_choice", "can be made to call one of the tools only"};
    }
    return {};
}

std::vector<std::string> dropped_of(const call& call) {
    const auto& from = call.request;
    dropped_fields dropped(call);
    dropped.note(!from.user.empty(), "user");
    dropped.note(!from.metadata.is_null(), "metadata");
    dropped.note(has_strict_tool(from), "strict");
    const auto& effort = from.reasoning.effort;
    dropped.note(!effort.empty() && effort != "none", "reasoning_effort");
    return dropped.take();
}

}  // namespace

boost::system::result<cohere_body, failure> translate_cohere_body(
    const call& call, const provider_settings& provider, std::string_view model
) {
    if (auto refusal = refuse_beyond_chat(call, provider, model)) return std::move(*refusal);
    const auto& from = call.request;
    if (const auto [field, why] = obstacle_in(from); !field.empty()) {
        return cannot_carry(call, provider, model, field, why);
    }
    json body{{"model", model}, {"messages", json::array()}, {"stream", true}};
    for (const auto& message : from.messages)
        body["messages"].push_back(message_json(message));
    put_tools(body, from);
    put_sampling(body, from);
    put_format(body, from.response_format);
    put_thinking(body, from.reasoning);
    return cohere_body{dump_body(body), dropped_of(call)};
}

}  // namespace sluice::upstream
