#include "gateway/dialects/chat_messages.hpp"

#include "gateway/dialects/chat_reasoning.hpp"

namespace sluice::gateway {

namespace {

using nlohmann::json;

/// Decodes one conversation; remembers the first problem.
class conversation {
 public:
    conversation(upstream::call& call, std::optional<upstream::failure>& problem)
        : call_(call), problem_(problem) {}

    void message(const json& value, const std::string& path);

 private:
    bool role(fields& reader, upstream::message& message);
    void content(const json& value, const std::string& path, upstream::message& message);
    void part(const json& value, const std::string& path, upstream::message& message);
    void tool_calls(const json& value, const std::string& path, upstream::message& message);
    void function_call(const json& value, const std::string& path, upstream::message& message);
    void name_result(upstream::message& message);
    void refuse(const std::string& path, const std::string& what) {
        if (!problem_) problem_ = bad_request("'" + path + "' " + what, path);
    }

    upstream::call& call_;
    std::optional<upstream::failure>& problem_;
    std::string function_id_;  ///< of the last call of the older kind
    std::size_t functions_ = 0;
};

std::string element(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

bool conversation::role(fields& reader, upstream::message& message) {
    const auto name = reader.text("role");
    if (reader.failed()) return false;
    if (!name) {
        reader.fail_missing("role");
        return false;
    }
    if (*name == "system")
        message.role = upstream::role::system;
    else if (*name == "developer")
        message.role = upstream::role::developer;
    else if (*name == "user")
        message.role = upstream::role::user;
    else if (*name == "assistant")
        message.role = upstream::role::assistant;
    else if (*name == "tool" || *name == "function")
        message.role = upstream::role::tool;
    else
        reader.fail("role", "must be system, developer, user, assistant or tool");
    return !reader.failed();
}

void conversation::message(const json& value, const std::string& path) {
    if (!value.is_object()) return refuse(path, "must be an object");
    fields reader{value, path, problem_};
    upstream::message decoded;
    if (!role(reader, decoded)) return;
    decoded.name = reader.text("name").value_or("");
    decoded.tool_call_id = reader.text("tool_call_id").value_or("");
    const auto refusal = reader.text("refusal");
    const auto* audio = reader.object("audio");
    const auto* function_call = reader.object("function_call");
    const auto* calls = reader.array("tool_calls");
    const auto* body = reader.any("content");
    if (problem_) return;
    if (calls) tool_calls(*calls, path + ".tool_calls", decoded);
    if (function_call) this->function_call(*function_call, path + ".function_call", decoded);
    if (body) content(*body, path + ".content", decoded);
    if (refusal && !refusal->empty()) decoded.content.emplace_back(upstream::text_part{*refusal});
    if (audio) call_.untranslatable.push_back(path + ".audio");
    if (decoded.role == upstream::role::assistant) decode_thoughts(reader, value, decoded);
    if (value["role"] == "function") name_result(decoded);
    const bool may_be_silent = decoded.role == upstream::role::assistant &&
                               (calls || function_call || audio || value.contains("refusal"));
    if (!body && !may_be_silent) return reader.fail_missing("content");
    if (!problem_) call_.request.messages.push_back(std::move(decoded));
}

/// The older form has no ids; a result is that of the call before it.
void conversation::function_call(
    const json& value, const std::string& path, upstream::message& message
) {
    fields inner{value, path, problem_};
    upstream::tool_call call;
    const auto name = inner.text("name");
    call.arguments = inner.text("arguments").value_or("");
    if (problem_) return;
    if (!name) return inner.fail_missing("name");
    call.name = *name;
    call.id = function_id_ = "function_" + std::to_string(functions_++);
    message.tool_calls.push_back(std::move(call));
}

void conversation::name_result(upstream::message& message) {
    if (!message.tool_call_id.empty()) return;
    message.tool_call_id = function_id_.empty() ? message.name : function_id_;
}

void conversation::content(const json& value, const std::string& path, upstream::message& message) {
    if (value.is_string()) {
        message.content.emplace_back(upstream::text_part{value.get<std::string>()});
        return;
    }
    if (!value.is_array()) return refuse(path, "must be a string or an array of parts");
    if (value.empty()) return refuse(path, "must not be empty");
    for (std::size_t i = 0; i < value.size() && !problem_; ++i)
        part(value[i], element(path, i), message);
}

void conversation::part(const json& value, const std::string& path, upstream::message& message) {
    if (!value.is_object()) return refuse(path, "must be an object");
    fields reader{value, path, problem_};
    const auto type = reader.text("type");
    if (reader.failed()) return;
    if (!type) return reader.fail_missing("type");
    if (*type == "text" || *type == "refusal") {
        const auto text = reader.text(*type);
        if (!text) return reader.fail_missing(*type);
        message.content.emplace_back(upstream::text_part{*text});
        return;
    }
    const bool known = *type == "image_url" || *type == "input_audio" || *type == "file";
    if (!known) {
        call_.untranslatable.push_back(path);
        return;
    }
    const auto* inner = reader.object(*type);
    if (reader.failed()) return;
    if (!inner) return reader.fail_missing(*type);
    fields body{*inner, path + "." + *type, problem_};
    if (*type == "image_url") {
        const auto url = body.text("url");
        const auto detail = body.text("detail");
        if (!url) return body.fail_missing("url");
        message.content.emplace_back(upstream::image_part{*url, detail.value_or("")});
    } else if (*type == "input_audio") {
        const auto data = body.text("data");
        const auto format = body.text("format");
        if (!data) return body.fail_missing("data");
        if (!format) return body.fail_missing("format");
        message.content.emplace_back(upstream::audio_part{*data, *format});
    } else {
        upstream::file_part file;
        file.id = body.text("file_id").value_or("");
        auto data = body.text("file_data").value_or("");
        (data.starts_with("http") ? file.url : file.data) = std::move(data);
        file.name = body.text("filename").value_or("");
        if (!problem_) message.content.emplace_back(std::move(file));
    }
}

void conversation::tool_calls(
    const json& value, const std::string& path, upstream::message& message
) {
    for (std::size_t i = 0; i < value.size() && !problem_; ++i) {
        const auto here = element(path, i);
        if (!value[i].is_object()) return refuse(here, "must be an object");
        fields reader{value[i], here, problem_};
        upstream::tool_call call;
        call.id = reader.text("id").value_or("");
        const auto* function = reader.object("function");
        if (reader.failed()) return;
        if (!function) {
            call_.untranslatable.push_back(here);  // a custom tool's
            continue;
        }
        fields inner{*function, here + ".function", problem_};
        const auto name = inner.text("name");
        const auto arguments = inner.text("arguments");
        if (problem_) return;
        if (!name) return inner.fail_missing("name");
        call.name = *name;
        call.arguments = arguments.value_or("");
        call.state = google_signature(value[i]);
        message.tool_calls.push_back(std::move(call));
    }
}

}  // namespace

void decode_messages(
    fields& body, upstream::call& call, std::optional<upstream::failure>& problem
) {
    const auto* messages = body.array("messages");
    if (!messages) return;
    if (messages->empty()) {
        body.fail("messages", "must not be empty");
        return;
    }
    conversation decoder{call, problem};
    for (std::size_t i = 0; i < messages->size() && !problem; ++i) {
        decoder.message((*messages)[i], element(body.path_of("messages"), i));
    }
}

}  // namespace sluice::gateway
