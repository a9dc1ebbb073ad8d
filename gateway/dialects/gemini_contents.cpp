#include "gateway/dialects/gemini_contents.hpp"

#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/opaque_state.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using upstream::reasoning_state;
using problem_slot = std::optional<upstream::failure>;

/// Decodes one conversation and matches responses to the calls before them.
class conversation {
 public:
    conversation(upstream::call& call, problem_slot& problem) : call_(call), problem_(problem) {}

    void system(const json& value, const std::string& path);
    void content(const json& value, const std::string& path);

 private:
    struct open_call {
        std::string id;
        std::string name;
    };

    std::optional<upstream::role> role_of(gemini_fields& reader);
    void parts(const json& content, const std::string& path, upstream::message& to);
    void part(const json& value, const std::string& path, upstream::message& to);
    void text(gemini_fields& reader, std::string words, upstream::message& to);
    void inline_data(const json& value, const std::string& path, upstream::message& to);
    void file_data(const json& value, const std::string& path, upstream::message& to);
    void call(
        const json& value,
        const std::string& path,
        std::optional<reasoning_state> state,
        upstream::message& to
    );
    void response(const json& value, const std::string& path);
    void response_parts(const json& value, const std::string& path, upstream::message& to);
    std::string answered(const std::string& id, const std::string& name);
    std::optional<reasoning_state> signature(gemini_fields& reader);
    void refuse(const std::string& path, const std::string& what) {
        if (!problem_) problem_ = bad_request("'" + path + "' " + what, path);
    }

    upstream::call& call_;
    problem_slot& problem_;
    std::vector<open_call> open_;  ///< calls that nobody has answered
    int calls_ = 0;
};

void conversation::system(const json& value, const std::string& path) {
    upstream::message message;
    message.role = upstream::role::system;
    if (value.is_string()) {
        message.content.emplace_back(upstream::text_part{value.get<std::string>()});
    } else if (value.is_object()) {
        parts(value, path, message);
    } else {
        return refuse(path, "must be an object");
    }
    if (!message.content.empty()) call_.request.messages.push_back(std::move(message));
}

std::optional<upstream::role> conversation::role_of(gemini_fields& reader) {
    const auto word = reader.text("role").value_or("user");
    if (word == "user" || word == "function" || word.empty()) return upstream::role::user;
    if (word == "model") return upstream::role::assistant;
    reader.fail("role", "must be user or model");
    return {};
}

void conversation::content(const json& value, const std::string& path) {
    if (!value.is_object()) return refuse(path, "must be an object");
    gemini_fields reader{value, path, problem_};
    const auto role = role_of(reader);
    if (!role || problem_) return;
    upstream::message message;
    message.role = *role;
    parts(value, path, message);
    if (problem_ || (message.content.empty() && message.tool_calls.empty())) return;
    call_.request.messages.push_back(std::move(message));
}

void conversation::parts(const json& content, const std::string& path, upstream::message& to) {
    gemini_fields reader{content, path, problem_};
    const auto* list = reader.array("parts");
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->size() && !problem_; ++i)
        part((*list)[i], element_path(path + ".parts", i), to);
}

std::optional<reasoning_state> conversation::signature(gemini_fields& reader) {
    const auto packed = reader.text("thoughtSignature");
    if (!packed || packed->empty()) return {};
    return unpack_state(*packed, reasoning_state::origin::gemini);
}

void conversation::part(const json& value, const std::string& path, upstream::message& to) {
    if (!value.is_object()) return refuse(path, "must be an object");
    if (value.empty()) return;
    gemini_fields reader{value, path, problem_};
    if (const auto* made = reader.object("functionCall")) {
        auto state = signature(reader);
        return call(*made, path + ".functionCall", std::move(state), to);
    }
    if (const auto* answer = reader.object("functionResponse")) {
        return response(*answer, path + ".functionResponse");
    }
    if (const auto* data = reader.object("inlineData")) {
        return inline_data(*data, path + ".inlineData", to);
    }
    if (const auto* file = reader.object("fileData")) {
        return file_data(*file, path + ".fileData", to);
    }
    auto words = reader.text("text");
    if (problem_) return;
    const bool signed_only = !words && reader.any("thoughtSignature") && value.size() == 1;
    if (words || signed_only) return text(reader, std::move(words).value_or(""), to);
    call_.untranslatable.push_back(path);
}

void conversation::text(gemini_fields& reader, std::string words, upstream::message& to) {
    const bool thought = reader.boolean("thought").value_or(false);
    auto state = signature(reader);
    if (problem_) return;
    if (thought) {
        to.content.emplace_back(upstream::reasoning_part{std::move(words), std::move(state)});
    } else {
        to.content.emplace_back(upstream::text_part{std::move(words), std::move(state)});
    }
}

void conversation::inline_data(const json& value, const std::string& path, upstream::message& to) {
    gemini_fields reader{value, path, problem_};
    const auto type = reader.text("mimeType");
    const auto data = reader.text("data");
    if (problem_) return;
    if (!type) return reader.fail_missing("mimeType");
    if (!data) return reader.fail_missing("data");
    constexpr std::string_view image = "image/";
    constexpr std::string_view audio = "audio/";
    const auto url = "data:" + *type + ";base64," + *data;
    if (type->starts_with(image)) {
        to.content.emplace_back(upstream::image_part{url, ""});
    } else if (type->starts_with(audio)) {
        to.content.emplace_back(upstream::audio_part{*data, type->substr(audio.size())});
    } else {
        upstream::file_part file;
        file.data = url;
        file.name = reader.text("displayName").value_or("");
        file.type = *type;
        to.content.emplace_back(std::move(file));
    }
}

void conversation::file_data(const json& value, const std::string& path, upstream::message& to) {
    gemini_fields reader{value, path, problem_};
    const auto type = reader.text("mimeType").value_or("");
    const auto url = reader.text("fileUri");
    if (problem_) return;
    if (!url) return reader.fail_missing("fileUri");
    if (type.starts_with("image/")) {
        to.content.emplace_back(upstream::image_part{*url, ""});
        return;
    }
    upstream::file_part file;
    file.url = *url;
    file.name = reader.text("displayName").value_or("");
    file.type = type;
    to.content.emplace_back(std::move(file));
}

void conversation::call(
    const json& value,
    const std::string& path,
    std::optional<reasoning_state> state,
    upstream::message& to
) {
    gemini_fields reader{value, path, problem_};
    upstream::tool_call made;
    const auto name = reader.text("name");
    made.id = reader.text("id").value_or("");
    const auto* arguments = reader.object("args");
    if (problem_) return;
    if (!name || name->empty()) return reader.fail_missing("name");
    ++calls_;
    if (made.id.empty()) made.id = "call_" + std::to_string(calls_);
    made.name = *name;
    made.arguments = arguments != nullptr ? dump_json(*arguments) : "{}";
    made.state = std::move(state);
    open_.push_back({made.id, made.name});
    to.tool_calls.push_back(std::move(made));
}

/// The call that a response answers: the one of its id, else the first open one of its name.
std::string conversation::answered(const std::string& id, const std::string& name) {
    auto found = id.empty() ? open_.end() : std::ranges::find(open_, id, &open_call::id);
    if (found == open_.end()) found = std::ranges::find(open_, name, &open_call::name);
    if (found == open_.end()) return id.empty() ? name : id;
    auto known = std::move(found->id);
    open_.erase(found);
    return known;
}

/// The words of `{"result": "..."}` and `{"output": "..."}`, which stand for a plain text; else the
/// object as JSON.
std::string text_of_response(const json& response) {
    if (response.size() == 1) {
        for (const char* key : {"result", "output", "error"}) {
            const auto found = response.find(key);
            if (found != response.end() && found->is_string()) return found->get<std::string>();
        }
    }
    return dump_json(response);
}

void conversation::response(const json& value, const std::string& path) {
    gemini_fields reader{value, path, problem_};
    const auto name = reader.text("name");
    const auto id = reader.text("id").value_or("");
    const auto* body = reader.object("response");
    const auto* media = reader.array("parts");
    if (problem_) return;
    if (!name || name->empty()) return reader.fail_missing("name");
    upstream::message message;
    message.role = upstream::role::tool;
    message.name = *name;
    message.tool_call_id = answered(id, *name);
    if (body != nullptr) {
        message.content.emplace_back(upstream::text_part{text_of_response(*body)});
        message.failed = body->size() == 1 && body->contains("error");
    }
    if (media != nullptr) response_parts(*media, path + ".parts", message);
    if (!problem_) call_.request.messages.push_back(std::move(message));
}

void conversation::response_parts(
    const json& value, const std::string& path, upstream::message& to
) {
    for (std::size_t i = 0; i < value.size() && !problem_; ++i) {
        const auto here = element_path(path, i);
        if (!value[i].is_object()) return refuse(here, "must be an object");
        gemini_fields reader{value[i], here, problem_};
        if (const auto* data = reader.object("inlineData")) {
            inline_data(*data, here + ".inlineData", to);
        } else if (const auto* file = reader.object("fileData")) {
            file_data(*file, here + ".fileData", to);
        } else {
            call_.untranslatable.push_back(here);
        }
    }
}

}  // namespace

void decode_gemini_contents(gemini_fields& body, upstream::call& call, problem_slot& problem) {
    const auto* system = body.any("systemInstruction");
    const auto* contents = body.array("contents");
    if (problem) return;
    conversation decoder{call, problem};
    if (system != nullptr) decoder.system(*system, body.path_of("systemInstruction"));
    if (contents == nullptr || contents->empty()) return body.fail_missing("contents");
    for (std::size_t i = 0; i < contents->size() && !problem; ++i)
        decoder.content((*contents)[i], element_path("contents", i));
}

}  // namespace sluice::gateway
