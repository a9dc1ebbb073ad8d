#include "gateway/dialects/gemini_request.hpp"

#include "gateway/dialects/gemini_config.hpp"
#include "gateway/dialects/gemini_contents.hpp"
#include "gateway/dialects/gemini_reading.hpp"
#include "gateway/dialects/gemini_schema.hpp"
#include "gateway/dialects/json_input.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using problem_slot = std::optional<upstream::failure>;

constexpr std::size_t tools_max = 1024;

void decode_declaration(
    const json& value, const std::string& path, upstream::request& request, problem_slot& problem
) {
    if (!value.is_object()) {
        problem = bad_request("'" + path + "' must be an object", path);
        return;
    }
    gemini_fields reader{value, path, problem};
    upstream::tool tool;
    tool.name = reader.text("name").value_or("");
    tool.description = reader.text("description").value_or("");
    const auto* plain = reader.object("parametersJsonSchema");
    const auto* own = reader.object("parameters");
    if (problem) return;
    if (tool.name.empty()) return reader.fail_missing("name");
    if (plain != nullptr) {
        tool.parameters = *plain;
    } else if (own != nullptr) {
        tool.parameters = json_schema_of(*own);
    }
    if (request.tools.size() == tools_max) {
        problem = bad_request("'tools' holds more than 1024 functions", "tools");
        return;
    }
    request.tools.push_back(std::move(tool));
}

/// Functions are everybody's; all other kinds of tools are Google's own.
void decode_tool(
    const json& value, const std::string& path, upstream::call& call, problem_slot& problem
) {
    if (!value.is_object()) {
        problem = bad_request("'" + path + "' must be an object", path);
        return;
    }
    gemini_fields reader{value, path, problem};
    const auto* declarations = reader.array("functionDeclarations");
    for (std::size_t i = 0; declarations != nullptr && i < declarations->size() && !problem; ++i) {
        const auto here = element_path(path + ".functionDeclarations", i);
        decode_declaration((*declarations)[i], here, call.request, problem);
    }
    for (const auto& [kind, settings] : value.items()) {
        if (kind == "functionDeclarations" || kind == "function_declarations") continue;
        if (!settings.is_null()) call.untranslatable.push_back(path + "." + kind);
    }
}

void decode_tools(gemini_fields& body, upstream::call& call, problem_slot& problem) {
    const auto* tools = body.array("tools");
    for (std::size_t i = 0; tools != nullptr && i < tools->size() && !problem; ++i)
        decode_tool((*tools)[i], element_path("tools", i), call, problem);
}

std::vector<std::string> allowed_names(gemini_fields& calling) {
    std::vector<std::string> names;
    const auto* list = calling.array("allowedFunctionNames");
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        if (!(*list)[i].is_string()) {
            calling.fail("allowedFunctionNames", "must be an array of strings");
            return {};
        }
        names.push_back((*list)[i].get<std::string>());
    }
    return names;
}

/// Leaves only the tools that may be called.
void restrict_tools(
    gemini_fields& calling, const std::vector<std::string>& names, upstream::request& request
) {
    for (const auto& name : names) {
        if (std::ranges::find(request.tools, name, &upstream::tool::name) == request.tools.end()) {
            return calling.fail("allowedFunctionNames", "names a function that is not in 'tools'");
        }
    }
    std::erase_if(request.tools, [&](const auto& tool) {
        return std::ranges::find(names, tool.name) == names.end();
    });
}

void decode_calling(
    const json& value, const std::string& path, upstream::call& call, problem_slot& problem
) {
    using mode = upstream::tool_choice::mode;
    gemini_fields reader{value, path, problem};
    const auto word = reader.text("mode").value_or("AUTO");
    const auto names = allowed_names(reader);
    if (problem) return;
    upstream::tool_choice choice;
    if (word == "NONE") {
        choice.how = mode::none;
    } else if (word == "ANY" && names.size() == 1) {
        choice = {mode::named, names.front()};
    } else if (word == "ANY") {
        choice.how = mode::required;
    } else if (word != "AUTO" && word != "VALIDATED" && word != "MODE_UNSPECIFIED") {
        call.untranslatable.push_back(reader.path_of("mode"));
        return;
    }
    const bool named = choice.how == mode::named;
    if (!names.empty() && choice.how != mode::none) {
        auto kept = named ? call.request.tools : std::vector<upstream::tool>{};
        restrict_tools(reader, names, call.request);
        if (named) call.request.tools = std::move(kept);
    }
    call.request.tool_choice = std::move(choice);
}

void decode_tool_config(gemini_fields& body, decoded_request& decoded, problem_slot& problem) {
    const auto* config = body.object("toolConfig");
    if (config == nullptr) return;
    gemini_fields reader{*config, body.path_of("toolConfig"), problem};
    if (const auto* calling = reader.object("functionCallingConfig")) {
        decode_calling(*calling, reader.path_of("functionCallingConfig"), decoded.call, problem);
    }
    if (reader.any("retrievalConfig") != nullptr) {
        decoded.dropped.push_back(reader.path_of("retrievalConfig"));
    }
}

void decode_rest(gemini_fields& body, decoded_request& decoded) {
    if (const auto* labels = body.object("labels")) decoded.call.request.metadata = *labels;
    if (body.array("safetySettings") != nullptr) {
        decoded.dropped.push_back(body.path_of("safetySettings"));
    }
    if (body.text("cachedContent")) {
        decoded.call.untranslatable.push_back(body.path_of("cachedContent"));
    }
}

}  // namespace

boost::system::result<decoded_request, upstream::failure> decode_gemini(
    std::string body, const said_in_path& path
) {
    auto parsed = parse_object(body);
    if (!parsed) return std::move(parsed).error();
    problem_slot problem;
    decoded_request decoded;
    auto& call = decoded.call;
    gemini_fields top{*parsed, "", problem};
    call.request.model = path.model;
    if (call.request.model.empty()) return bad_request("the path names no model", "model");
    decode_gemini_contents(top, call, problem);
    decode_tools(top, call, problem);
    if (!problem) decode_tool_config(top, decoded, problem);
    if (const auto* config = top.object("generationConfig")) {
        decode_gemini_config(*config, decoded, problem);
    }
    decode_rest(top, decoded);
    note_unknown(
        *parsed,
        {"contents",
         "systemInstruction",
         "system_instruction",
         "tools",
         "toolConfig",
         "tool_config",
         "generationConfig",
         "generation_config",
         "safetySettings",
         "safety_settings",
         "cachedContent",
         "cached_content",
         "labels",
         "model"},
        decoded.dropped
    );
    if (problem) return *problem;
    call.api = upstream::api::gemini;
    call.stream = path.stream;
    call.want_usage = true;
    call.field_name = gemini_field_name;
    call.body = std::move(body);
    return decoded;
}

std::string_view gemini_field_name(std::string_view field) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 19> names{{
        {"messages", "contents"},
        {"n", "generationConfig.candidateCount"},
        {"stop", "generationConfig.stopSequences"},
        {"max_tokens", "generationConfig.maxOutputTokens"},
        {"temperature", "generationConfig.temperature"},
        {"top_p", "generationConfig.topP"},
        {"top_k", "generationConfig.topK"},
        {"seed", "generationConfig.seed"},
        {"presence_penalty", "generationConfig.presencePenalty"},
        {"frequency_penalty", "generationConfig.frequencyPenalty"},
        {"logprobs", "generationConfig.responseLogprobs"},
        {"top_logprobs", "generationConfig.logprobs"},
        {"response_format", "generationConfig.responseMimeType"},
        {"modalities", "generationConfig.responseModalities"},
        {"reasoning_effort", "generationConfig.thinkingConfig"},
        {"tools", "tools"},
        {"tool_choice", "toolConfig.functionCallingConfig"},
        {"parallel_tool_calls", "toolConfig"},
        {"metadata", "labels"},
    }};
    for (const auto& [canonical, own] : names) {
        if (field == canonical) return own;
    }
    return field;
}

}  // namespace sluice::gateway
