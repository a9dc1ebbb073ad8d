#include "gateway/dialects/openai_chat_shapes.hpp"

#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_chat_answers.hpp"

#include <array>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;
using upstream::reasoning_state;
using origin = reasoning_state::origin;

struct format_name {
    origin from;
    std::string_view format;
};
constexpr std::array formats{
    format_name{origin::anthropic, "anthropic-claude-v1"},
    format_name{origin::gemini, "google-gemini-v1"},
    format_name{origin::openai_responses, "openai-responses-v1"},
};

std::string_view format_of(origin from) {
    for (const auto& each : formats) {
        if (each.from == from) return each.format;
    }
    return "unknown";
}

/// Types that OpenAI's clients know, for the gateway's own.
std::string_view chat_error_type(std::string_view type) {
    if (type == "upstream_error" || type == "timeout_error" || type == "api_error" ||
        type == "overloaded_error") {
        return "server_error";
    }
    if (type == "authentication_error" || type == "not_found_error" || type == "permission_error") {
        return "invalid_request_error";
    }
    return type;
}

}  // namespace

std::string chat_error(const upstream::failure& failure, std::string_view code) {
    const json error{
        {"message", failure.message},
        {"type", chat_error_type(failure.type)},
        {"param", failure.param.empty() ? json(nullptr) : json(failure.param)},
        {"code", code.empty() ? json(nullptr) : json(code)},
    };
    return dump_json(json{{"error", error}});
}

json chat_usage(const upstream::usage& usage) {
    const auto input = usage.input_tokens.value_or(0);
    const auto output = usage.output_tokens.value_or(0);
    json object{
        {"prompt_tokens", input},
        {"completion_tokens", output},
        {"total_tokens", usage.total_tokens.value_or(input + output)},
    };
    const auto detail = [&](const char* of, const char* name, const auto& value) {
        if (value) object[of][name] = *value;
    };
    detail("prompt_tokens_details", "cached_tokens", usage.cached_tokens);
    detail("prompt_tokens_details", "cache_write_tokens", usage.cache_write_tokens);
    detail("prompt_tokens_details", "audio_tokens", usage.input_audio_tokens);
    detail("completion_tokens_details", "reasoning_tokens", usage.reasoning_tokens);
    detail("completion_tokens_details", "audio_tokens", usage.output_audio_tokens);
    return object;
}

json reasoning_detail(const reasoning_state& state, std::string_view text, std::int64_t index) {
    const bool readable =
        state.how == reasoning_state::form::signature && state.from != origin::gemini;
    json detail{{"type", readable ? "reasoning.text" : "reasoning.encrypted"}};
    if (readable) {
        detail["text"] = text;
        detail["signature"] = state.data;
    } else {
        detail["data"] = state.data;
    }
    detail["format"] = format_of(state.from);
    if (!state.id.empty()) detail["id"] = state.id;
    if (index >= 0) detail["index"] = index;
    return detail;
}

origin origin_of_format(std::string_view format) {
    for (const auto& each : formats) {
        if (each.format == format) return each.from;
    }
    return origin::other;
}

reasoning_state::form form_of_encrypted(origin from) {
    if (from == origin::anthropic) return reasoning_state::form::redacted;
    return from == origin::gemini ? reasoning_state::form::signature
                                  : reasoning_state::form::encrypted;
}

json url_citation(const cited_source& source) {
    json citation{{"url", source.url}, {"title", source.title}};
    // The official clients expect the fields.
    const bool placed = source.begin >= 0 && source.end >= 0;
    citation["start_index"] = placed ? source.begin : 0;
    citation["end_index"] = placed ? source.end : 0;
    if (!source.cited_text.empty()) citation["content"] = source.cited_text;
    return {{"type", "url_citation"}, {"url_citation", std::move(citation)}};
}

json image_url(std::string_view type, std::string_view data) {
    std::string url = "data:";
    url.append(type).append(";base64,").append(data);
    return {{"type", "image_url"}, {"image_url", {{"url", std::move(url)}}}};
}

void append_logprobs(std::string& out, std::string_view content, std::string_view refusal) {
    if (content.empty() && refusal.empty()) {
        out += "null";
        return;
    }
    out.append("{\"content\":").append(content.empty() ? "null" : content);
    out.append(",\"refusal\":").append(refusal.empty() ? "null" : refusal).append("}");
}

json google_extra(std::string_view signature) {
    return {{"google", {{"thought_signature", signature}}}};
}

}  // namespace sluice::gateway
