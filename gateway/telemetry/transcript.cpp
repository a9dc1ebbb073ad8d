#include "gateway/telemetry/transcript.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>
#include <variant>

namespace sluice::gateway {

namespace {

using json = nlohmann::ordered_json;

std::string_view word_of(upstream::role role) {
    switch (role) {
        case upstream::role::system:
        case upstream::role::developer:
            return "system";
        case upstream::role::user:
            return "user";
        case upstream::role::assistant:
            return "assistant";
        case upstream::role::tool:
            return "tool";
    }
    return "user";
}

std::string dump(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json text_object(std::string_view type, std::string_view content) {
    return {{"type", type}, {"content", content}};
}

/// Pictures, sound and files are named, not kept.
struct part_writer {
    json operator()(const upstream::text_part& part) const {
        return text_object("text", part.text);
    }
    json operator()(const upstream::reasoning_part& part) const {
        return text_object("reasoning", part.text);
    }
    json operator()(const upstream::image_part&) const {
        return {{"type", "blob"}, {"modality", "image"}};
    }
    json operator()(const upstream::audio_part&) const {
        return {{"type", "blob"}, {"modality", "audio"}};
    }
    json operator()(const upstream::file_part&) const {
        return {{"type", "blob"}, {"modality", "file"}};
    }
};

json message_object(const upstream::message& message) {
    json parts = json::array();
    for (const auto& part : message.content)
        parts.push_back(std::visit(part_writer{}, part));
    for (const auto& call : message.tool_calls) {
        parts.push_back(
            {{"type", "tool_call"},
             {"id", call.id},
             {"name", call.name},
             {"arguments", call.arguments}}
        );
    }
    return {{"role", word_of(message.role)}, {"parts", std::move(parts)}};
}

/// A text for vectors is what a user says.
std::vector<upstream::message> messages_of(const upstream::embedding_request& embedding) {
    std::vector<upstream::message> messages;
    for (const auto& input : embedding.inputs) {
        auto& message = messages.emplace_back();
        message.role = upstream::role::user;
        message.content.emplace_back(upstream::text_part{input});
    }
    return messages;
}

/// As much of a text as fits without cutting a character in two.
std::string_view head_of(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    auto end = bytes_max;
    const auto continues = [&](std::size_t at) {
        return (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    };
    for (int back = 0; back < 3 && end > 0 && continues(end); ++back)
        --end;
    return text.substr(0, end);
}

}  // namespace

transcript::transcript(const upstream::request& prompt) {
    keep(prompt.messages);
}

transcript::transcript(const upstream::call& call) {
    keep(call.embedding ? messages_of(*call.embedding) : call.request.messages);
}

/// The newest: what an answer is about stands last.
void transcript::keep(const std::vector<upstream::message>& messages) {
    std::vector<std::string> kept;
    std::size_t bytes = 2;
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        auto text = dump(message_object(*message));
        bytes += text.size() + 1;
        prompt_cut_ = bytes > bytes_max;
        if (prompt_cut_) break;
        kept.push_back(std::move(text));
    }
    prompt_ = "[";
    for (auto text = kept.rbegin(); text != kept.rend(); ++text) {
        if (prompt_.size() > 1) prompt_ += ',';
        prompt_ += *text;
    }
    prompt_ += ']';
}

void transcript::add(std::string_view text) {
    if (answer_cut_) return;
    const auto head = head_of(text, bytes_max - answer_.size());
    answer_cut_ = head.size() < text.size();
    answer_.append(head);
}

void transcript::see(const upstream::batch& batch) {
    for (const auto& item : batch.items) {
        if (const auto* text = std::get_if<upstream::text_delta>(&item)) {
            if (text->choice == 0) add(text->text);
        } else if (const auto* frame = std::get_if<upstream::verbatim>(&item)) {
            add(frame->bytes);
        } else if (const auto* finish = std::get_if<upstream::finish>(&item)) {
            if (finish->choice == 0) finish_reason_ = upstream::to_string(finish->reason);
        }
    }
}

std::string transcript::output_messages() const {
    json message{{"role", "assistant"}, {"parts", json::array({text_object("text", answer_)})}};
    if (!finish_reason_.empty()) message["finish_reason"] = finish_reason_;
    return dump(json::array({std::move(message)}));
}

}  // namespace sluice::gateway
