#include "gateway/dialects/chat_request.hpp"

#include "gateway/dialects/chat_messages.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using problem_slot = std::optional<upstream::failure>;

constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t stop_strings_max = 16;
constexpr std::size_t tools_max = 1024;

/// Keys that become part of a request, in whatever provider's words.
constexpr std::array carried{
    "messages",
    "model",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "response_format",
    "max_tokens",
    "max_completion_tokens",
    "temperature",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "seed",
    "stop",
    "n",
    "logprobs",
    "top_logprobs",
    "reasoning_effort",
    "user",
};

/// Documented fields that only a provider of the same protocol understands: their types are
/// checked.
void check_passengers(fields& body) {
    for (const auto* key : {"service_tier", "safety_identifier", "prompt_cache_key", "verbosity"}) {
        body.text(key);
    }
    body.boolean("store");
    for (const auto* key : {"audio", "metadata", "prediction", "web_search_options"})
        body.object(key);
    for (const auto* key : {"modalities", "functions"})
        body.array(key);
    if (const auto* bias = body.object("logit_bias")) {
        for (const auto& [token, value] : bias->items()) {
            if (!value.is_number()) body.fail("logit_bias", "must map tokens to numbers");
        }
    }
    if (const auto* call = body.any("function_call");
        call && !call->is_string() && !call->is_object()) {
        body.fail("function_call", "must be a string or an object");
    }
}

void decode_stop(fields& body, upstream::request& request) {
    const auto* stop = body.any("stop");
    if (!stop) return;
    if (stop->is_string()) {
        request.stop.push_back(stop->get<std::string>());
        return;
    }
    if (!stop->is_array()) return body.fail("stop", "must be a string or an array of strings");
    if (stop->size() > stop_strings_max) return body.fail("stop", "holds more than 16 strings");
    for (const auto& text : *stop) {
        if (!text.is_string()) return body.fail("stop", "must be a string or an array of strings");
        request.stop.push_back(text.get<std::string>());
    }
}

void decode_tool(
    const json& value, const std::string& path, upstream::request& request, problem_slot& problem
) {
    if (!value.is_object()) {
        problem = bad_request("'" + path + "' must be an object", path);
        return;
    }
    fields tool{value, path, problem};
    const auto type = tool.text("type");
    if (tool.failed()) return;
    if (!type) return tool.fail_missing("type");
    if (*type != "function") return;  // other kinds are the provider's business
    const auto* function = tool.object("function");
    if (tool.failed()) return;
    if (!function) return tool.fail_missing("function");
    fields inner{*function, path + ".function", problem};
    upstream::tool decoded;
    const auto name = inner.text("name");
    decoded.description = inner.text("description").value_or("");
    if (const auto* parameters = inner.object("parameters")) decoded.parameters = *parameters;
    decoded.strict = inner.boolean("strict");
    if (inner.failed()) return;
    if (!name || name->empty()) return inner.fail_missing("name");
    decoded.name = *name;
    request.tools.push_back(std::move(decoded));
}

void decode_tools(fields& body, upstream::request& request, problem_slot& problem) {
    const auto* tools = body.array("tools");
    if (!tools) return;
    if (tools->size() > tools_max) return body.fail("tools", "holds more than 1024 tools");
    for (std::size_t i = 0; i < tools->size() && !problem; ++i) {
        decode_tool(
            (*tools)[i], body.path_of("tools") + "[" + std::to_string(i) + "]", request, problem
        );
    }
}

void decode_tool_choice(fields& body, upstream::request& request, problem_slot& problem) {
    using mode = upstream::tool_choice::mode;
    const auto* choice = body.any("tool_choice");
    if (!choice) return;
    upstream::tool_choice decoded;
    if (choice->is_string()) {
        const auto& word = choice->get_ref<const std::string&>();
        if (word == "auto")
            decoded.how = mode::automatic;
        else if (word == "none")
            decoded.how = mode::none;
        else if (word == "required")
            decoded.how = mode::required;
        else
            return body.fail("tool_choice", "must be auto, none, required or name a function");
        request.tool_choice = decoded;
        return;
    }
    if (!choice->is_object()) {
        return body.fail("tool_choice", "must be auto, none, required or name a function");
    }
    fields inner{*choice, body.path_of("tool_choice"), problem};
    const auto type = inner.text("type");
    if (inner.failed() || type != "function") return;
    const auto* function = inner.object("function");
    if (inner.failed()) return;
    if (!function) return inner.fail_missing("function");
    fields named{*function, body.path_of("tool_choice.function"), problem};
    decoded.how = mode::named;
    const auto name = named.text("name");
    if (named.failed()) return;
    if (!name || name->empty()) return named.fail_missing("name");
    decoded.name = *name;
    const bool declared =
        std::any_of(request.tools.begin(), request.tools.end(), [&](const auto& tool) {
            return tool.name == decoded.name;
        });
    if (!declared) return named.fail("name", "names a function that is not in 'tools'");
    request.tool_choice = decoded;
}

void decode_response_format(fields& body, upstream::request& request, problem_slot& problem) {
    using form = upstream::response_format::form;
    const auto* format = body.object("response_format");
    if (!format) return;
    fields outer{*format, body.path_of("response_format"), problem};
    const auto type = outer.text("type");
    if (outer.failed()) return;
    if (!type) return outer.fail_missing("type");
    upstream::response_format decoded;
    if (*type == "json_object") {
        decoded.kind = form::json_object;
        // llama.cpp's form: a schema beside the type.
        if (const auto* schema = outer.object("schema")) decoded.schema = *schema;
    } else if (*type == "json_schema") {
        decoded.kind = form::json_schema;
        const auto* wrapper = outer.object("json_schema");
        if (outer.failed()) return;
        if (!wrapper) return outer.fail_missing("json_schema");
        fields inner{*wrapper, body.path_of("response_format.json_schema"), problem};
        decoded.name = inner.text("name").value_or("");
        if (const auto* schema = inner.object("schema")) decoded.schema = *schema;
        decoded.strict = inner.boolean("strict");
    } else if (*type != "text" && *type != "grammar" && *type != "python") {
        return outer.fail("type", "must be text, json_object or json_schema");
    }
    if (!problem) request.response_format = std::move(decoded);
}

void decode_sampling(fields& body, upstream::request& request) {
    request.parallel_tool_calls = body.boolean("parallel_tool_calls");
    request.max_tokens = body.integer("max_tokens", 1, any_count);
    const auto completion = body.integer("max_completion_tokens", 1, any_count);
    if (completion) request.max_tokens = completion;
    request.temperature = body.number("temperature", 0, 2);
    request.top_p = body.number("top_p", 0, 1);
    request.frequency_penalty = body.number("frequency_penalty", -2, 2);
    request.presence_penalty = body.number("presence_penalty", -2, 2);
    request.seed = body.integer("seed", std::numeric_limits<std::int64_t>::min(), any_count);
    request.choices = static_cast<int>(body.integer("n", 1, choices_max).value_or(1));
    request.logprobs = body.boolean("logprobs");
    if (const auto top = body.integer("top_logprobs", 0, 20))
        request.top_logprobs = static_cast<int>(*top);
    request.reasoning_effort = body.text("reasoning_effort").value_or("");
    request.user = body.text("user").value_or("");
}

}  // namespace

bool chat_carries(std::string_view key) {
    return std::find(carried.begin(), carried.end(), key) != carried.end();
}

bool asks_for_usage(const json& body, problem_slot& problem) {
    fields top{body, "", problem};
    const auto* options = top.object("stream_options");
    if (!options) return false;
    fields inner{*options, "stream_options", problem};
    return inner.boolean("include_usage").value_or(false);
}

std::string decode_chat(const json& body, upstream::request& request, problem_slot& problem) {
    fields top{body, "", problem};
    request.model = top.text("model").value_or("");
    decode_sampling(top, request);
    decode_stop(top, request);
    decode_tools(top, request, problem);
    decode_tool_choice(top, request, problem);
    decode_response_format(top, request, problem);
    check_passengers(top);
    return decode_messages(top, request, problem);
}

}  // namespace sluice::gateway
