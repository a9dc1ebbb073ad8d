#include "gateway/dialects/ollama_request.hpp"

#include "gateway/dialects/ollama_messages.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using problem_slot = std::optional<upstream::failure>;

constexpr std::int64_t any_count = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t stop_strings_max = 64;
constexpr std::size_t tools_max = 1024;
constexpr int top_logprobs_max = 20;

/// Options of `options` that the vocabulary knows.
constexpr std::array<std::string_view, 8> known_options{
    "num_predict",
    "temperature",
    "top_p",
    "top_k",
    "seed",
    "stop",
    "frequency_penalty",
    "presence_penalty",
};

void decode_stop(fields& options, upstream::request& request) {
    constexpr std::string_view what = "must be a string or an array of strings";
    const auto* stop = options.any("stop");
    if (stop == nullptr) return;
    if (stop->is_string()) {
        request.stop.push_back(stop->get<std::string>());
        return;
    }
    if (!stop->is_array()) return options.fail("stop", what);
    if (stop->size() > stop_strings_max) return options.fail("stop", "holds more than 64 strings");
    for (const auto& text : *stop) {
        if (!text.is_string()) return options.fail("stop", what);
        request.stop.push_back(text.get<std::string>());
    }
}

void decode_options(fields& body, decoded_request& decoded, problem_slot& problem) {
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const auto* value = body.object("options");
    if (value == nullptr) return;
    auto& request = decoded.call.request;
    fields options{*value, "options", problem};
    // Below one it means without a limit, or to the end of the context.
    const auto limit = options.integer("num_predict", least, any_count);
    if (limit && *limit >= 1) request.max_tokens = limit;
    request.temperature = options.number("temperature", 0, 100);
    request.top_p = options.number("top_p", 0, 1);
    const auto candidates = options.integer("top_k", least, any_count);
    if (candidates && *candidates >= 1) request.top_k = candidates;
    request.seed = options.integer("seed", least, any_count);
    request.frequency_penalty = options.number("frequency_penalty", -100, 100);
    request.presence_penalty = options.number("presence_penalty", -100, 100);
    decode_stop(options, request);
    for (const auto& [key, unused] : value->items()) {
        if (std::ranges::find(known_options, key) == known_options.end())
            decoded.dropped.push_back("options." + key);
    }
}

/// `json`, or the schema itself; an empty string is none.
void decode_format(fields& body, upstream::request& request) {
    using form = upstream::response_format::form;
    const auto* format = body.any("format");
    if (format == nullptr || *format == "") return;
    upstream::response_format decoded;
    if (*format == "json") {
        decoded.kind = form::json_object;
    } else if (format->is_object()) {
        decoded.kind = form::json_schema;
        decoded.schema = *format;
    } else {
        return body.fail("format", "must be \"json\" or a JSON schema");
    }
    request.response_format = std::move(decoded);
}

void decode_think(fields& body, upstream::request& request) {
    const auto* think = body.any("think");
    if (think == nullptr) return;
    if (think->is_boolean()) {
        request.reasoning.enabled = think->get<bool>();
    } else if (think->is_string()) {
        request.reasoning.enabled = true;
        request.reasoning.effort = think->get<std::string>();
    } else {
        body.fail("think", "must be true, false or a level");
    }
}

void decode_tool(
    const json& value, const std::string& path, upstream::request& request, problem_slot& problem
) {
    if (!value.is_object()) {
        problem = bad_request("'" + path + "' must be an object", path);
        return;
    }
    fields outer{value, path, problem};
    const auto type = outer.text("type");
    const auto* function = outer.object("function");
    if (outer.failed()) return;
    if (function == nullptr) return outer.fail_missing("function");
    fields inner{*function, path + ".function", problem};
    upstream::tool decoded;
    decoded.name = inner.text("name").value_or("");
    decoded.description = inner.text("description").value_or("");
    if (const auto* parameters = inner.object("parameters")) decoded.parameters = *parameters;
    if (inner.failed()) return;
    if (decoded.name.empty()) return inner.fail_missing("name");
    request.tools.push_back(std::move(decoded));
}

void decode_tools(fields& body, upstream::request& request, problem_slot& problem) {
    const auto* tools = body.array("tools");
    if (tools == nullptr) return;
    if (tools->size() > tools_max) return body.fail("tools", "holds more than 1024 tools");
    for (std::size_t i = 0; i < tools->size() && !problem; ++i)
        decode_tool((*tools)[i], "tools[" + std::to_string(i) + "]", request, problem);
}

void decode_common(fields& body, decoded_request& decoded, problem_slot& problem) {
    auto& request = decoded.call.request;
    request.model = body.text("model").value_or("");
    if (!problem && request.model.empty()) body.fail_missing("model");
    decoded.call.stream = body.boolean("stream").value_or(true);
    decoded.call.want_usage = true;  // a last line always tells it
    decode_options(body, decoded, problem);
    decode_format(body, request);
    decode_think(body, request);
    request.logprobs = body.boolean("logprobs");
    if (const auto top = body.integer("top_logprobs", 0, top_logprobs_max))
        request.top_logprobs = static_cast<int>(*top);
    for (const auto* key : {"truncate", "shift"})
        body.boolean(key);
    if (const auto* keep = body.any("keep_alive"); keep && !keep->is_string() && !keep->is_number())
        body.fail("keep_alive", "must be a duration");
}

/// The keys that had no effect on a translated request.
void drop_others(
    const json& value, std::initializer_list<std::string_view> carried, decoded_request& decoded
) {
    static constexpr std::array<std::string_view, 8> common{
        "model", "stream", "options", "format", "think", "logprobs", "top_logprobs", "images"};
    for (const auto& [key, unused] : value.items()) {
        const bool known = std::ranges::find(common, key) != common.end() ||
                           std::ranges::find(carried, key) != carried.end();
        if (!known) decoded.dropped.push_back(key);
    }
}

std::string_view option_name(std::string_view field) {
    struct name {
        std::string_view field;
        std::string_view own;
    };
    static constexpr std::array names{
        name{"max_tokens", "options.num_predict"},
        name{"temperature", "options.temperature"},
        name{"top_p", "options.top_p"},
        name{"top_k", "options.top_k"},
        name{"seed", "options.seed"},
        name{"stop", "options.stop"},
        name{"frequency_penalty", "options.frequency_penalty"},
        name{"presence_penalty", "options.presence_penalty"},
        name{"response_format", "format"},
        name{"reasoning_effort", "think"},
    };
    const auto found = std::ranges::find(names, field, &name::field);
    return found == names.end() ? field : found->own;
}

/// What changes the prompt and can only be Ollama's: by being there at all, or by being true.
void note_untranslatable(fields& body, upstream::call& call) {
    for (const auto* key : {"suffix", "template"}) {
        const auto text = body.text(key);
        if (text && !text->empty()) call.untranslatable.emplace_back(key);
    }
    if (body.boolean("raw").value_or(false)) call.untranslatable.emplace_back("raw");
    const auto* context = body.array("context");
    if (context != nullptr && !context->empty()) call.untranslatable.emplace_back("context");
}

}  // namespace

std::string_view ollama_chat_name(std::string_view field) {
    return option_name(field);
}

std::string_view ollama_generate_name(std::string_view field) {
    return field == "messages" ? "prompt" : option_name(field);
}

void decode_ollama_chat(const json& body, decoded_request& decoded, problem_slot& problem) {
    fields top{body, "", problem};
    decode_common(top, decoded, problem);
    decode_tools(top, decoded.call.request, problem);
    decode_ollama_messages(top, decoded.call.request, problem);
    if (decoded.call.request.messages.empty()) decoded.call.untranslatable.emplace_back("messages");
    drop_others(body, {"messages", "tools"}, decoded);
}

void decode_ollama_generate(const json& body, decoded_request& decoded, problem_slot& problem) {
    fields top{body, "", problem};
    auto& call = decoded.call;
    decode_common(top, decoded, problem);
    note_untranslatable(top, call);
    decode_ollama_prompt(top, call.request, problem);
    const bool loads = call.request.messages.empty() && call.untranslatable.empty();
    if (loads) call.untranslatable.emplace_back("prompt");
    drop_others(body, {"prompt", "system", "suffix", "template", "raw", "context"}, decoded);
}

}  // namespace sluice::gateway
