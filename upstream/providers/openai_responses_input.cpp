#include "upstream/providers/openai_messages.hpp"
#include "upstream/providers/openai_responses_request.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// What may stand in `instructions`, which are a text.
bool is_instruction(const message& message) {
    const bool from_above = message.role == role::system || message.role == role::developer;
    return from_above && std::ranges::all_of(message.content, [](auto& part) {
               return std::holds_alternative<text_part>(part);
           });
}

std::string_view role_name(role value) {
    switch (value) {
        case role::system:
            return "system";
        case role::developer:
            return "developer";
        case role::assistant:
            return "assistant";
        case role::user:
        case role::tool:
            break;
    }
    return "user";
}

json describe(const image_part& image) {
    json part{{"type", "input_image"}};
    if (!image.url.empty()) {
        part["image_url"] = image.url;
    } else {
        part["file_id"] = image.id;
    }
    part["detail"] = image.detail.empty() ? "auto" : image.detail;
    return part;
}

json describe(const audio_part& audio) {
    return {
        {"type", "input_audio"},
        {"input_audio", {{"data", audio.data}, {"format", audio.format}}},
    };
}

json describe(const file_part& file) {
    json part{{"type", "input_file"}};
    if (!file.data.empty()) {
        part["file_data"] = file.data;
        part["filename"] = openai_file_name(file);
    } else if (!file.url.empty()) {
        part["file_url"] = file.url;
    } else {
        part["file_id"] = file.id;
    }
    return part;
}

/// Whether the address is one that OpenAI fetches.
bool is_fetchable(const file_part& file) {
    const bool data_or_id = !file.data.empty() || file.url.empty();
    return data_or_id || file.url.starts_with("https://") || file.url.starts_with("http://");
}

/// Writes the items of one conversation; remembers the first part without a place.
class input_writer {
 public:
    void add(const message& message) {
        switch (message.role) {
            case role::assistant:
                return add_answer(message);
            case role::tool:
                return add_result(message);
            case role::system:
            case role::developer:
            case role::user:
                break;
        }
        add_message(role_name(message.role), parts_of(message));
    }

    json take() { return std::move(items_); }
    std::string_view homeless() const { return homeless_; }

 private:
    json parts_of(const message& message) {
        auto parts = json::array();
        for (const auto& part : message.content)
            std::visit([&](const auto& each) { put(each, parts); }, part);
        return parts;
    }

    void put(const text_part& text, json& parts) {
        parts.push_back({{"type", "input_text"}, {"text", text.text}});
    }
    void put(const file_part& file, json& parts) {
        if (!is_fetchable(file)) return refuse("takes files by http(s) addresses only");
        parts.push_back(describe(file));
    }
    void put(const reasoning_part&, json&) {}
    template <class Part>
    void put(const Part& part, json& parts) {
        parts.push_back(describe(part));
    }

    void add_message(std::string_view role, json content) {
        items_.push_back({{"type", "message"}, {"role", role}, {"content", std::move(content)}});
    }

    void add_answer(const message& message) {
        auto texts = json::array();
        const auto end_texts = [&] {
            if (!texts.empty()) add_message("assistant", std::exchange(texts, json::array()));
        };
        for (const auto& part : message.content) {
            if (const auto* text = std::get_if<text_part>(&part)) {
                if (text->text.empty()) continue;
                texts.push_back({{"type", "output_text"}, {"text", text->text}});
            } else if (const auto* thoughts = std::get_if<reasoning_part>(&part)) {
                end_texts();
                add_thoughts(*thoughts);
            } else {
                // Pictures that the model made: answers hold texts only, so they are shown to it.
                auto shown = json::array();
                std::visit([&](const auto& each) { put(each, shown); }, part);
                end_texts();
                add_message("user", std::move(shown));
            }
        }
        end_texts();
        for (const auto& call : message.tool_calls)
            add_call(call);
    }

    /// Thoughts without their encrypted form have no place: the API would look for them in its
    /// store.
    void add_thoughts(const reasoning_part& thoughts) {
        const auto& state = thoughts.state;
        if (!state || state->from != reasoning_state::origin::openai_responses) return;
        auto summary = json::array();
        if (!thoughts.text.empty()) {
            summary.push_back({{"type", "summary_text"}, {"text", thoughts.text}});
        }
        json item{
            {"type", "reasoning"},
            {"summary", std::move(summary)},
            {"encrypted_content", state->data},
        };
        if (!state->id.empty()) item["id"] = state->id;
        items_.push_back(std::move(item));
    }

    void add_call(const tool_call& call) {
        items_.push_back({
            {"type", "function_call"},
            {"call_id", call.id},
            {"name", call.name},
            {"arguments", call.arguments.empty() ? "{}" : call.arguments},
        });
    }

    void add_result(const message& message) {
        auto parts = parts_of(message);
        const bool plain =
            std::ranges::all_of(parts, [](auto& each) { return each["type"] == "input_text"; });
        items_.push_back({
            {"type", "function_call_output"},
            {"call_id", message.tool_call_id},
            {"output", plain ? json(text_of(message)) : std::move(parts)},
        });
    }

    void refuse(std::string_view why) {
        if (homeless_.empty()) homeless_ = why;
    }

    json items_ = json::array();
    std::string_view homeless_;
};

/// What stands ahead of the conversation.
std::string instructions_of(const std::vector<message>& messages, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) text += "\n\n";
        text += text_of(messages[i]);
    }
    return text;
}

}  // namespace

boost::system::result<void, failure> put_responses_input(
    const call& call, const provider_settings& provider, std::string_view model, json& body
) {
    const auto& messages = call.request.messages;
    std::size_t leading = 0;
    while (leading < messages.size() && is_instruction(messages[leading]))
        ++leading;
    // Instructions alone are no input: then they have to be it.
    if (leading == messages.size()) leading = 0;
    if (leading > 0) body["instructions"] = instructions_of(messages, leading);
    input_writer writer;
    for (std::size_t i = leading; i < messages.size(); ++i)
        writer.add(messages[i]);
    if (!writer.homeless().empty()) {
        return cannot_carry(call, provider, model, "messages", writer.homeless());
    }
    body["input"] = writer.take();
    return {};
}

}  // namespace sluice::upstream
