#include "gateway/dialects/chat_request.hpp"

#include "gateway/dialects/chat_messages.hpp"
#include "gateway/dialects/chat_tools.hpp"

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
constexpr std::size_t modalities_max = 16;

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
    "reasoning",
    "include_reasoning",
    "thinking",
    "user",
    "metadata",
    "modalities",
    "top_k",
    "functions",
    "function_call",
    "continue_final_message",
    "add_generation_prompt",
};

/// Documented fields that only a provider of the same protocol understands: their types are
/// checked.
void check_passengers(fields& body) {
    for (const auto* key : {"service_tier", "safety_identifier", "prompt_cache_key", "verbosity"}) {
        body.text(key);
    }
    body.boolean("store");
    body.object("prediction");
    if (const auto* bias = body.object("logit_bias")) {
        for (const auto& [token, value] : bias->items()) {
            if (!value.is_number()) body.fail("logit_bias", "must map tokens to numbers");
        }
    }
}

void decode_metadata(fields& body, upstream::request& request) {
    const auto* metadata = body.object("metadata");
    if (metadata == nullptr) return;
    for (const auto& [key, value] : metadata->items()) {
        if (value.is_string()) request.metadata[key] = value;
    }
}

/// What the answer is to be made of. Streams have one form of sound, and so have all answers that
/// are gathered from one.
void decode_output(fields& body, upstream::call& call, problem_slot& problem) {
    if (body.object("web_search_options") != nullptr)
        call.untranslatable.emplace_back("web_search_options");
    if (const auto* audio = body.object("audio")) {
        fields inner{*audio, body.path_of("audio"), problem};
        const auto format = inner.text("format");
        if (format && *format != "pcm16") call.untranslatable.emplace_back("audio.format");
    }
    const auto* modalities = body.array("modalities");
    if (modalities == nullptr) return;
    if (modalities->size() > modalities_max) return body.fail("modalities", "holds too much");
    for (const auto& each : *modalities) {
        if (!each.is_string()) return body.fail("modalities", "must be an array of strings");
        call.request.output_modalities.push_back(each.get<std::string>());
    }
}

/// `reasoning_effort`; OpenRouter's `reasoning`; and the `thinking` of Anthropic, DeepSeek and
/// Z.ai, which no list of ours documents: what is not understood in it is left alone.
void decode_reasoning(fields& body, upstream::reasoning_wish& wish, problem_slot& problem) {
    wish.effort = body.text("reasoning_effort").value_or("");
    wish.visible = body.boolean("include_reasoning");
    if (const auto* object = body.object("reasoning")) {
        fields inner{*object, body.path_of("reasoning"), problem};
        if (const auto effort = inner.text("effort")) wish.effort = *effort;
        wish.budget = inner.integer("max_tokens", 0, any_count);
        wish.enabled = inner.boolean("enabled");
        wish.summary = inner.text("summary").value_or("");
        if (const auto exclude = inner.boolean("exclude")) wish.visible = !*exclude;
    }
    const auto* thinking = body.any("thinking");
    if (thinking == nullptr || !thinking->is_object() || wish.enabled) return;
    const auto type = thinking->find("type");
    if (type != thinking->end() && type->is_string()) wish.enabled = *type != "disabled";
    const auto budget = thinking->find("budget_tokens");
    if (budget == thinking->end() || !budget->is_number_integer() || wish.budget) return;
    const auto tokens = budget->get<std::int64_t>();
    if (tokens >= 0) wish.budget = tokens;
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

void decode_response_format(fields& body, upstream::call& call, problem_slot& problem) {
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
    } else if (*type == "grammar" || *type == "python") {
        call.untranslatable.push_back(outer.path_of("type"));
    } else if (*type != "text") {
        return outer.fail("type", "must be text, json_object or json_schema");
    }
    if (!problem) call.request.response_format = std::move(decoded);
}

/// What completions, the older API, do not have.
void decode_limits(fields& body, upstream::request& request) {
    request.parallel_tool_calls = body.boolean("parallel_tool_calls");
    request.max_tokens = body.integer("max_tokens", 1, any_count);
    const auto completion = body.integer("max_completion_tokens", 1, any_count);
    if (completion) request.max_tokens = completion;
    request.logprobs = body.boolean("logprobs");
    if (const auto top = body.integer("top_logprobs", 0, 20))
        request.top_logprobs = static_cast<int>(*top);
}

}  // namespace

bool chat_carries(std::string_view key) {
    return std::find(carried.begin(), carried.end(), key) != carried.end();
}

void decode_sampling(fields& body, upstream::request& request) {
    request.temperature = body.number("temperature", 0, 2);
    request.top_p = body.number("top_p", 0, 1);
    request.frequency_penalty = body.number("frequency_penalty", -2, 2);
    request.presence_penalty = body.number("presence_penalty", -2, 2);
    request.seed = body.integer("seed", std::numeric_limits<std::int64_t>::min(), any_count);
    request.choices = static_cast<int>(body.integer("n", 1, choices_max).value_or(1));
    // -1 is vLLM's word for no bound.
    const auto top_k = body.integer("top_k", -1, any_count);
    if (top_k && *top_k > 0) request.top_k = top_k;
    request.user = body.text("user").value_or("");
    decode_stop(body, request);
}

bool asks_for_usage(const json& body, problem_slot& problem) {
    fields top{body, "", problem};
    const auto* options = top.object("stream_options");
    if (!options) return false;
    fields inner{*options, "stream_options", problem};
    return inner.boolean("include_usage").value_or(false);
}

void decode_chat(const json& body, upstream::call& call, problem_slot& problem) {
    auto& request = call.request;
    fields top{body, "", problem};
    request.model = top.text("model").value_or("");
    decode_sampling(top, request);
    decode_limits(top, request);
    decode_chat_tools(top, call, problem);
    decode_response_format(top, call, problem);
    decode_reasoning(top, request.reasoning, problem);
    decode_metadata(top, request);
    decode_output(top, call, problem);
    check_passengers(top);
    decode_messages(top, call, problem);
    // vLLM's way to give the beginning of an answer, which wants the second to be false then.
    const bool goes_on = top.boolean("continue_final_message").value_or(false);
    top.boolean("add_generation_prompt");
    request.prefilled = goes_on && !request.messages.empty() &&
                        request.messages.back().role == upstream::role::assistant;
}

}  // namespace sluice::gateway
