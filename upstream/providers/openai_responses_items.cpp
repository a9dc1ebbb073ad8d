#include "upstream/providers/openai_responses_items.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_responses_outcome.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>

namespace sluice::upstream {

namespace {

using nlohmann::json;

// A server's indexes are not to be trusted with memory.
constexpr std::size_t items_max = 4096;
constexpr std::size_t parts_max = 4096;
constexpr std::size_t id_bytes_max = 1024;  // a word, however long

// The API does not say which; it is what its voices speak.
constexpr std::string_view audio_type = "audio/pcm";

std::int64_t code_points_in(std::string_view text) {
    return std::ranges::count_if(text, [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    });
}

std::string_view picture_type(std::string_view format) {
    if (format == "jpeg" || format == "jpg") return "image/jpeg";
    if (format == "webp") return "image/webp";
    return "image/png";
}

/// Where a piece of text stands within its part; -1: not said.
std::int64_t offset_in(const json& annotation, const char* key, std::int64_t begin) {
    const auto offset = find_count(annotation, key);
    constexpr std::int64_t offset_max = 1LL << 40;  // far beyond any answer
    return offset && *offset < offset_max ? begin + *offset : -1;
}

template <class Visit>
void for_each_in(const json& object, const char* key, Visit visit) {
    const auto* list = find(object, key);
    if (list == nullptr || !list->is_array()) return;
    for (std::size_t i = 0; i < list->size() && i < parts_max; ++i)
        visit(static_cast<std::int64_t>(i), (*list)[i]);
}

}  // namespace

bool responses_items::told_any(const std::map<std::int64_t, part>& parts) {
    return std::ranges::any_of(parts, [](const auto& entry) { return entry.second.told; });
}

responses_items::item* responses_items::item_at(std::int64_t index) {
    const auto found = items_.find(index);
    if (found != items_.end()) return &found->second;
    if (items_.size() == items_max) return nullptr;
    return &items_[index];
}

responses_items::item* responses_items::item_of(const json& event) {
    return item_at(find_count(event, "output_index").value_or(latest_));
}

responses_items::part* responses_items::part_at(
    std::map<std::int64_t, part>& parts, std::int64_t index
) {
    const auto found = parts.find(index);
    if (found != parts.end()) return &found->second;
    if (parts.size() == parts_max) return nullptr;
    return &parts[index];
}

responses_items::part* responses_items::part_of(const json& event) {
    auto* of = item_of(event);
    if (of == nullptr) return nullptr;
    return part_at(of->parts, find_count(event, "content_index").value_or(0));
}

responses_items::part* responses_items::summary_of(const json& event) {
    auto* of = item_of(event);
    if (of == nullptr) return nullptr;
    return part_at(of->summaries, find_count(event, "summary_index").value_or(0));
}

void responses_items::read(
    std::string_view type, const json& event, batch_texts& texts, batch& out
) {
    const outlet to{texts, out};
    if (type == "response.output_item.added") return add_item(event, to);
    if (type.ends_with(".delta")) return read_delta(type, event, to);
    if (type.ends_with(".done")) return read_done(type, event, to);
    if (type == "response.output_text.annotation.added") {
        const auto* annotation = find(event, "annotation");
        auto* part = part_of(event);
        if (annotation != nullptr && part != nullptr) tell_citation(*part, *annotation, to);
    }
}

void responses_items::read_output(const json& response, batch_texts& texts, batch& out) {
    for_each_in(response, "output", [&](std::int64_t index, const json& value) {
        if (auto* to = item_at(index)) finish_item(*to, value, {texts, out});
    });
}

void responses_items::read_delta(std::string_view type, const json& event, outlet to) {
    const auto text = find_text(event, "delta");
    if (type == "response.output_text.delta") {
        if (auto* part = part_of(event)) tell_text(*part, text, find(event, "logprobs"), to);
    } else if (type == "response.refusal.delta") {
        if (auto* part = part_of(event)) tell_refusal(*part, text, to);
    } else if (type == "response.reasoning_summary_text.delta") {
        if (auto* part = summary_of(event)) tell_thought(*part, text, to);
    } else if (type == "response.reasoning_text.delta") {
        if (auto* part = part_of(event)) tell_thought(*part, text, to);
    } else if (type == "response.function_call_arguments.delta" || type == "response.custom_tool_call_input.delta") {
        if (auto* item = item_of(event)) tell_arguments(*item, text, to);
    } else if (type == "response.audio.delta") {
        if (!text.empty())
            to.out.items.emplace_back(media_delta{0, audio_type, to.texts.keep(text)});
    } else if (type == "response.audio.transcript.delta") {
        if (text.empty()) return;
        to.out.items.emplace_back(media_delta{0, audio_type, {}, to.texts.keep(text)});
    }
}

void responses_items::read_done(std::string_view type, const json& event, outlet to) {
    if (type == "response.output_item.done") {
        const auto* value = find(event, "item");
        auto* item = item_of(event);
        if (value != nullptr && item != nullptr) finish_item(*item, *value, to);
    } else if (type == "response.output_text.done") {
        auto* part = part_of(event);
        if (part == nullptr || part->told) return;
        tell_text(*part, find_text(event, "text"), find(event, "logprobs"), to);
    } else if (type == "response.refusal.done") {
        auto* part = part_of(event);
        if (part != nullptr && !part->told) tell_refusal(*part, find_text(event, "refusal"), to);
    } else if (type == "response.content_part.done" || type == "response.reasoning_part.done") {
        const auto* value = find(event, "part");
        auto* part = part_of(event);
        if (value != nullptr && part != nullptr) finish_part(*part, *value, to);
    } else if (type == "response.reasoning_summary_text.done") {
        auto* part = summary_of(event);
        if (part != nullptr && !part->told) tell_thought(*part, find_text(event, "text"), to);
    } else if (type == "response.reasoning_text.done") {
        auto* part = part_of(event);
        if (part != nullptr && !part->told) tell_thought(*part, find_text(event, "text"), to);
    } else if (type == "response.function_call_arguments.done") {
        auto* item = item_of(event);
        if (item == nullptr) return;
        begin_call(*item, event, to);
        tell_rest_of_arguments(*item, find_text(event, "arguments"), to);
    } else if (type == "response.custom_tool_call_input.done") {
        if (auto* item = item_of(event))
            tell_rest_of_arguments(*item, find_text(event, "input"), to);
    }
}

void responses_items::add_item(const json& event, outlet to) {
    const auto* value = find(event, "item");
    if (value == nullptr) return;
    latest_ = find_count(event, "output_index").value_or(static_cast<std::int64_t>(items_.size()));
    auto* added = item_at(latest_);
    if (added == nullptr) return;
    // Where a server counts wrong, another item stands at the index of one that is finished.
    if (added->done && added->id != find_text(*value, "id")) *added = item();
    if (added->type.empty()) {
        added->type = find_text(*value, "type");
        added->id = find_text(*value, "id").substr(0, id_bytes_max);
    }
    if (is_responses_call(added->type)) begin_call(*added, *value, to);
}

void responses_items::finish_item(item& to, const json& value, outlet into) {
    if (to.type.empty()) {
        to.type = find_text(value, "type");
        to.id = find_text(value, "id").substr(0, id_bytes_max);
    }
    if (to.type != find_text(value, "type")) return;
    to.done = true;
    if (to.type == "message") return finish_message(to, value, into);
    if (to.type == "reasoning") return finish_thoughts(to, value, into);
    if (to.type == "image_generation_call") return finish_picture(to, value, into);
    if (!is_responses_call(to.type)) return;
    begin_call(to, value, into);
    const bool custom = to.type == "custom_tool_call";
    tell_rest_of_arguments(to, find_text(value, custom ? "input" : "arguments"), into);
}

/// What a part's own events have told is not told again, even where their indexes are not those of
/// the list: Bedrock counts the parts of a message from 1.
void responses_items::finish_message(item& to, const json& value, outlet into) {
    const bool any_told = told_any(to.parts);
    for_each_in(value, "content", [&](std::int64_t index, const json& content) {
        auto* part = part_at(to.parts, index);
        if (part != nullptr && (part->told || !any_told)) finish_part(*part, content, into);
    });
}

void responses_items::finish_part(part& to, const json& value, outlet into) {
    const auto type = find_text(value, "type");
    if (type == "output_text") {
        if (!to.told) tell_text(to, find_text(value, "text"), find(value, "logprobs"), into);
        for_each_in(value, "annotations", [&](std::int64_t index, const json& annotation) {
            if (index >= static_cast<std::int64_t>(to.citations)) {
                tell_citation(to, annotation, into);
            }
        });
    } else if (type == "refusal") {
        if (!to.told) tell_refusal(to, find_text(value, "refusal"), into);
    } else if (type == "reasoning_text") {
        if (!to.told) tell_thought(to, find_text(value, "text"), into);
    }
}

void responses_items::finish_thoughts(item& to, const json& value, outlet into) {
    if (!told_any(to.parts) && !told_any(to.summaries)) tell_thoughts(to, value, into);
    const auto encrypted = find_text(value, "encrypted_content");
    if (to.state_told || encrypted.empty()) return;
    to.state_told = true;
    reasoning_state_delta state;
    state.from = reasoning_state::origin::openai_responses;
    state.how = reasoning_state::form::encrypted;
    state.data = into.texts.keep(encrypted);
    state.id = into.texts.keep(find_text(value, "id"));
    into.out.items.emplace_back(state);
}

void responses_items::tell_thoughts(item& to, const json& value, outlet into) {
    for_each_in(value, "summary", [&](std::int64_t index, const json& summary) {
        if (auto* part = part_at(to.summaries, index)) {
            tell_thought(*part, find_text(summary, "text"), into);
        }
    });
    for_each_in(value, "content", [&](std::int64_t index, const json& content) {
        if (auto* part = part_at(to.parts, index)) finish_part(*part, content, into);
    });
}

void responses_items::finish_picture(item& to, const json& value, outlet into) {
    const auto picture = find_text(value, "result");
    if (to.media_told || picture.empty()) return;
    to.media_told = true;
    const auto type = picture_type(find_text(value, "output_format"));
    into.out.items.emplace_back(media_delta{0, type, into.texts.keep(picture)});
}

void responses_items::tell_text(
    part& to, std::string_view text, const json* logprobs, outlet into
) {
    if (text.empty()) return;
    if (!to.told) to.begin = code_points_;
    to.told = true;
    code_points_ += code_points_in(text);
    if (logprobs != nullptr && logprobs->is_array() && !logprobs->empty()) {
        into.out.items.emplace_back(logprobs_delta{0, into.texts.keep(dump_body(*logprobs))});
    }
    into.out.items.emplace_back(text_delta{0, into.texts.keep(text)});
}

void responses_items::tell_refusal(part& to, std::string_view text, outlet into) {
    if (text.empty()) return;
    to.told = true;
    into.out.items.emplace_back(refusal_delta{0, into.texts.keep(text)});
}

void responses_items::tell_thought(part& to, std::string_view text, outlet into) {
    if (text.empty()) return;
    to.told = true;
    into.out.items.emplace_back(reasoning_delta{0, into.texts.keep(text)});
}

void responses_items::tell_citation(part& to, const json& annotation, outlet into) {
    if (!annotation.is_object() || to.citations == parts_max) return;
    ++to.citations;
    citation_delta told;
    told.url = into.texts.keep(find_text(annotation, "url"));
    const auto title = find_text(annotation, "title");
    told.title = into.texts.keep(title.empty() ? find_text(annotation, "filename") : title);
    told.begin = offset_in(annotation, "start_index", to.begin);
    told.end = offset_in(annotation, "end_index", to.begin);
    into.out.items.emplace_back(told);
}

/// A call is told once its name is known.
void responses_items::begin_call(item& to, const json& value, outlet into) {
    const auto name = find_text(value, "name");
    if (to.call >= 0 || name.empty()) return;
    to.call = calls_++;
    auto id = std::string(find_text(value, "call_id"));
    if (id.empty()) id = find_text(value, "id");
    if (id.empty()) id = "call_" + response_id_ + "_" + std::to_string(to.call);
    into.out.items.emplace_back(tool_call_delta{
        0, to.call, into.texts.keep(id), into.texts.keep(name), {}});
}

void responses_items::tell_arguments(item& to, std::string_view text, outlet into) {
    // What comes ahead of the name comes again with the whole.
    if (to.call < 0 || text.empty()) return;
    to.arguments_told = true;
    into.out.items.emplace_back(tool_call_delta{0, to.call, {}, {}, into.texts.keep(text)});
}

void responses_items::tell_rest_of_arguments(item& to, std::string_view whole, outlet into) {
    if (!to.arguments_told) tell_arguments(to, whole, into);
}

}  // namespace sluice::upstream
