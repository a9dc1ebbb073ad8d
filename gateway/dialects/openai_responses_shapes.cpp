#include "gateway/dialects/openai_responses_shapes.hpp"

#include "gateway/dialects/json_input.hpp"
#include "gateway/dialects/opaque_state.hpp"
#include "upstream/json_members.hpp"

#include <algorithm>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;
using origin = upstream::reasoning_state::origin;
using form = upstream::reasoning_state::form;

json message_object(const response_item& item, json content) {
    return {
        {"id", item.id},
        {"type", "message"},
        {"status", item.status},
        {"role", "assistant"},
        {"content", std::move(content)},
    };
}

json parts_array(const response_item& item) {
    json parts = json::array();
    for (const auto& part : item.parts)
        parts.push_back(part_object(part));
    return parts;
}

json reasoning_object(const response_item& item) {
    json summary = json::array();
    if (!item.text.empty()) summary.push_back({{"type", "summary_text"}, {"text", item.text}});
    json object{{"id", item.id}, {"type", "reasoning"}, {"summary", std::move(summary)}};
    if (!item.encrypted.empty()) object["encrypted_content"] = item.encrypted;
    return object;
}

json call_object(const response_item& item) {
    return {
        {"id", item.id},
        {"type", "function_call"},
        {"status", item.status},
        {"arguments", item.text},
        {"call_id", item.call_id},
        {"name", item.name},
    };
}

json picture_object(const response_item& item) {
    constexpr std::string_view prefix = "image/";
    const auto type = std::string_view(item.type);
    json object{
        {"id", item.id},
        {"type", "image_generation_call"},
        {"status", item.status},
        {"result", item.text.empty() ? json(nullptr) : json(item.text)},
    };
    if (!item.text.empty() && type.starts_with(prefix)) {
        object["output_format"] = type.substr(prefix.size());
    }
    return object;
}

json sound_object(const response_item& item) {
    json parts = json::array();
    if (!item.text.empty() || !item.transcript.empty()) {
        parts.push_back(
            {{"type", "output_audio"}, {"data", item.text}, {"transcript", item.transcript}}
        );
    }
    return message_object(item, std::move(parts));
}

}  // namespace

std::string pack_reasoning(const upstream::reasoning_state& state) {
    return pack_state(state, origin::openai_responses);
}

unpacked_state unpack_reasoning(std::string_view encrypted) {
    unpacked_state made;
    made.state = unpack_state(encrypted, origin::openai_responses, form::encrypted);
    made.marked = made.state.data != encrypted;
    made.owner = take_owner(made.state);
    return made;
}

json item_object(const response_item& item) {
    switch (item.what) {
        case response_item::kind::reasoning:
            return reasoning_object(item);
        case response_item::kind::call:
            return call_object(item);
        case response_item::kind::picture:
            return picture_object(item);
        case response_item::kind::sound:
            return sound_object(item);
        case response_item::kind::message:
            break;
    }
    return message_object(item, parts_array(item));
}

json part_object(const response_part& part) {
    if (part.refusal) return {{"type", "refusal"}, {"refusal", part.text}};
    return {
        {"type", "output_text"},
        {"text", part.text},
        {"annotations", part.annotations},
        {"logprobs", part.logprobs},
    };
}

json annotation_object(
    const upstream::citation_delta& citation, std::int64_t part_begin, std::int64_t part_end
) {
    const auto within = [&](std::int64_t at) {
        // Where it is not said, it is where it was told: clients want numbers.
        if (at < 0) return part_end - part_begin;
        return std::clamp<std::int64_t>(at - part_begin, 0, at);
    };
    if (citation.url.empty()) {
        return {
            {"type", "file_citation"},
            {"file_id", ""},
            {"filename", citation.title},
            {"index", within(citation.end)},
        };
    }
    return {
        {"type", "url_citation"},
        {"start_index", within(citation.begin)},
        {"end_index", within(citation.end)},
        {"url", citation.url},
        {"title", citation.title},
    };
}

json logprobs_array(std::string_view text) {
    if (text.empty() || upstream::nested_deeper_than(text, json_depth_max)) return json::array();
    auto parsed = json::parse(text, nullptr, false);
    return parsed.is_array() ? parsed : json::array();
}

std::int64_t code_points_in(std::string_view text) {
    return std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
}

json response_usage(const upstream::usage& usage) {
    const auto input = usage.input_tokens.value_or(0);
    const auto output = usage.output_tokens.value_or(0);
    json input_details{{"cached_tokens", usage.cached_tokens.value_or(0)}};
    if (usage.cache_write_tokens) {
        input_details["cache_write_tokens"] = *usage.cache_write_tokens;
    }
    return {
        {"input_tokens", input},
        {"input_tokens_details", std::move(input_details)},
        {"output_tokens", output},
        {"output_tokens_details", {{"reasoning_tokens", usage.reasoning_tokens.value_or(0)}}},
        {"total_tokens", usage.total_tokens.value_or(input + output)},
    };
}

response_standing standing_of(
    const upstream::ending& ending, std::optional<upstream::finish_reason> reason
) {
    constexpr std::string_view cut = "response.incomplete";
    if (ending.outcome == upstream::outcome::budget)
        return {cut, "incomplete", "max_output_tokens"};
    if (ending.outcome != upstream::outcome::completed) {
        return {"response.failed", "failed", {}, ending.failure ? &*ending.failure : nullptr};
    }
    if (reason == upstream::finish_reason::length) {
        return {cut, "incomplete", "max_output_tokens"};
    }
    if (reason == upstream::finish_reason::content_filter) {
        return {cut, "incomplete", "content_filter"};
    }
    return {"response.completed", "completed"};
}

}  // namespace sluice::gateway
