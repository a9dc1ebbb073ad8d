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

/// Whole messages, the newest, as far as there is room: what an answer is about stands last.
std::string messages_text(const std::vector<upstream::message>& messages) {
    std::vector<std::string> kept;
    std::size_t bytes = 2;
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        auto text = dump(message_object(*message));
        bytes += text.size() + 1;
        if (bytes > transcript::bytes_max) break;
        kept.push_back(std::move(text));
    }
    std::string out = "[";
    for (auto text = kept.rbegin(); text != kept.rend(); ++text) {
        if (out.size() > 1) out += ',';
        out += *text;
    }
    return out + ']';
}

}  // namespace

transcript::transcript(const upstream::request& prompt) : prompt_(messages_text(prompt.messages)) {}

void transcript::see(const upstream::batch& batch) {
    const auto add = [this](std::string_view text) {
        answer_.append(text.substr(0, bytes_max - std::min(answer_.size(), bytes_max)));
    };
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
