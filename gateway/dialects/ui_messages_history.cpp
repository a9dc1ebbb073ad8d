#include "gateway/dialects/ui_messages_history.hpp"

#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/opaque_state.hpp"

#include <utility>
#include <vector>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using upstream::role;

constexpr std::string_view tool_prefix = "tool-";

std::string element(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

/// The state that an earlier answer's part brought along, under its `providerMetadata`.
std::optional<upstream::reasoning_state> state_in(const json& part, std::string_view key) {
    const auto metadata = part.find(key);
    if (metadata == part.end() || !metadata->is_object()) return {};
    const auto own = metadata->find("sluice");
    if (own == metadata->end() || !own->is_object()) return {};
    const auto state = own->find("state");
    if (state == own->end() || !state->is_string()) return {};
    return unpack_state(
        state->get_ref<const std::string&>(), upstream::reasoning_state::origin::other
    );
}

/// What a tool gave back, as a model reads it.
std::string text_of(const json& output) {
    return output.is_string() ? output.get<std::string>() : dump_json(output);
}

/// How the vocabulary calls the format of a recording of that type.
std::string audio_format(std::string_view type) {
    type.remove_prefix(std::string_view("audio/").size());
    if (type == "mpeg") return "mp3";
    if (type == "x-wav" || type == "wave" || type == "vnd.wave") return "wav";
    return std::string{type};
}

/// One message on its way into the vocabulary.
class ui_message {
 public:
    ui_message(
        upstream::role role, decoded_request& decoded, std::optional<upstream::failure>& problem
    )
        : role_(role), decoded_(decoded), problem_(problem) {
        begin_step();
    }

    void part(const json& value, const std::string& path);

    /// Writes down what has been gathered, and begins anew.
    void end_step() {
        auto& messages = decoded_.call.request.messages;
        if (!said_.content.empty() || !said_.tool_calls.empty())
            messages.push_back(std::move(said_));
        for (auto& result : results_)
            messages.push_back(std::move(result));
        begin_step();
    }

 private:
    void begin_step() {
        said_ = {};
        said_.role = role_;
        results_.clear();
    }

    void text(const json& value, fields& reader);
    void reasoning(const json& value, fields& reader);
    void file(fields& reader, const std::string& path);
    void data_file(fields& reader, upstream::file_part file);
    void tool(const json& value, fields& reader, std::string name);
    void tool_result(const json& value, fields& reader, const std::string& id);

    upstream::role role_;
    decoded_request& decoded_;
    std::optional<upstream::failure>& problem_;
    upstream::message said_;
    std::vector<upstream::message> results_;
};

void ui_message::part(const json& value, const std::string& path) {
    if (!value.is_object()) {
        problem_ = bad_request("'" + path + "' must be an object", path);
        return;
    }
    fields reader{value, path, problem_};
    const auto type = reader.text("type");
    if (reader.failed()) return;
    if (!type) return reader.fail_missing("type");
    if (*type == "text") return text(value, reader);
    if (*type == "file") return file(reader, path);
    if (role_ != role::assistant) return;
    if (*type == "step-start") return end_step();
    if (*type == "reasoning") return reasoning(value, reader);
    if (*type == "dynamic-tool") {
        auto name = reader.text("toolName");
        if (reader.failed()) return;
        if (!name || name->empty()) return reader.fail_missing("toolName");
        return tool(value, reader, std::move(*name));
    }
    if (!type->starts_with(tool_prefix)) return;
    if (type->size() == tool_prefix.size()) return reader.fail("type", "names no tool");
    tool(value, reader, type->substr(tool_prefix.size()));
}

void ui_message::text(const json& value, fields& reader) {
    auto words = reader.text("text");
    if (reader.failed()) return;
    if (!words) return reader.fail_missing("text");
    auto state = state_in(value, "providerMetadata");
    if (words->empty() && !state) return;
    said_.content.emplace_back(upstream::text_part{std::move(*words), std::move(state)});
}

void ui_message::reasoning(const json& value, fields& reader) {
    auto thoughts = reader.text("text").value_or("");
    if (reader.failed()) return;
    auto state = state_in(value, "providerMetadata");
    if (thoughts.empty() && !state) return;
    said_.content.emplace_back(upstream::reasoning_part{std::move(thoughts), std::move(state)});
}

void ui_message::file(fields& reader, const std::string& path) {
    const auto url = reader.text("url");
    upstream::file_part file;
    file.type = reader.text("mediaType").value_or("");
    file.name = reader.text("filename").value_or("");
    if (reader.failed()) return;
    if (!url || url->empty()) return reader.fail_missing("url");
    if (file.type.empty()) return reader.fail_missing("mediaType");
    const bool picture = file.type.starts_with("image/");
    if (role_ == role::assistant && !picture) {
        // A model's own recordings can't be told to it again; their words stand beside them.
        decoded_.dropped.push_back(path);
        return;
    }
    if (url->starts_with("data:")) {
        file.data = *url;
        return data_file(reader, std::move(file));
    }
    if (!url->starts_with("http://") && !url->starts_with("https://"))
        return reader.fail("url", "must be a data: URL or begin with http:// or https://");
    if (picture) {
        said_.content.emplace_back(upstream::image_part{*url, ""});
    } else {
        file.url = *url;
        said_.content.emplace_back(std::move(file));
    }
}

void ui_message::data_file(fields& reader, upstream::file_part file) {
    constexpr std::string_view base64_mark = ";base64";
    const auto comma = file.data.find(',');
    const auto head = std::string_view(file.data).substr(0, comma);
    if (comma == std::string::npos || !head.ends_with(base64_mark))
        return reader.fail("url", "must hold its data in base64");
    if (file.type.starts_with("image/")) {
        said_.content.emplace_back(upstream::image_part{std::move(file.data), ""});
    } else if (file.type.starts_with("audio/")) {
        said_.content.emplace_back(upstream::audio_part{
            file.data.substr(comma + 1), audio_format(file.type)});
    } else {
        said_.content.emplace_back(std::move(file));
    }
}

void ui_message::tool(const json& value, fields& reader, std::string name) {
    const auto id = reader.text("toolCallId");
    const auto state = reader.text("state");
    const auto* input = reader.any("input");
    const auto* raw = reader.any("rawInput");
    if (reader.failed()) return;
    if (!id || id->empty()) return reader.fail_missing("toolCallId");
    if (!state) return reader.fail_missing("state");
    if (*state == "input-streaming") return;  // the answer broke off within the call
    if (input == nullptr) input = raw;
    upstream::tool_call call;
    call.id = *id;
    call.name = std::move(name);
    call.arguments = input == nullptr ? "{}" : text_of(*input);
    call.state = state_in(value, "callProviderMetadata");
    said_.tool_calls.push_back(std::move(call));
    tool_result(value, reader, *id);
}

/// A call whose result is still to come has none.
void ui_message::tool_result(const json& value, fields& reader, const std::string& id) {
    const auto state = value["state"].get<std::string>();
    upstream::message result;
    result.role = role::tool;
    result.tool_call_id = id;
    std::string text;
    if (state == "output-available") {
        const auto output = value.find("output");
        text = output == value.end() ? "null" : text_of(*output);
    } else if (state == "output-error") {
        text = reader.text("errorText").value_or("");
        result.failed = true;
    } else if (state == "output-denied") {
        text = "The user denied this call.";
        result.failed = true;
    } else {
        return;
    }
    if (reader.failed()) return;
    result.content.emplace_back(upstream::text_part{std::move(text)});
    results_.push_back(std::move(result));
}

std::optional<upstream::role> role_in(fields& reader) {
    const auto name = reader.text("role");
    if (reader.failed()) return {};
    if (!name) {
        reader.fail_missing("role");
        return {};
    }
    if (*name == "system") return role::system;
    if (*name == "user") return role::user;
    if (*name == "assistant") return role::assistant;
    reader.fail("role", "must be system, user or assistant");
    return {};
}

void decode_message(
    const json& value,
    const std::string& path,
    decoded_request& decoded,
    std::optional<upstream::failure>& problem
) {
    if (!value.is_object()) {
        problem = bad_request("'" + path + "' must be an object", path);
        return;
    }
    fields reader{value, path, problem};
    const auto role = role_in(reader);
    const auto* parts = reader.array("parts");
    if (problem) return;
    if (!parts) return reader.fail_missing("parts");
    ui_message message{*role, decoded, problem};
    for (std::size_t i = 0; i < parts->size() && !problem; ++i)
        message.part((*parts)[i], element(path + ".parts", i));
    if (!problem) message.end_step();
}

}  // namespace

void decode_ui_history(
    fields& body, decoded_request& decoded, std::optional<upstream::failure>& problem
) {
    const auto* messages = body.array("messages");
    if (problem) return;
    if (!messages) return body.fail_missing("messages");
    const auto before = decoded.call.request.messages.size();
    for (std::size_t i = 0; i < messages->size() && !problem; ++i)
        decode_message((*messages)[i], element("messages", i), decoded, problem);
    if (!problem && decoded.call.request.messages.size() == before)
        body.fail("messages", "must hold something to answer");
}

}  // namespace sluice::gateway
