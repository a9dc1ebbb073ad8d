#include "gateway/dialects/json_text.hpp"
#include "gateway/dialects/openai_responses_request.hpp"
#include "gateway/dialects/openai_responses_shapes.hpp"

#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

using nlohmann::json;

std::string element(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

/// Decodes the items of one conversation. What one turn of the assistant brought, its thoughts,
/// texts and calls, is one message.
class item_reader {
 public:
    explicit item_reader(responses_target& into)
        : into_(into), messages_(into.call.request.messages) {}

    void read(const json& value, const std::string& path);
    /// Signatures of calls go to their calls, wherever these stand.
    void settle();

 private:
    struct signature {
        std::string call_id;
        upstream::reasoning_state state;
    };

    upstream::message& answer();
    void message(fields& item);
    std::optional<upstream::role> role(fields& item);
    void content(fields& item, std::string_view key, upstream::message& into, bool required);
    void part(const json& value, const std::string& path, upstream::message& into);
    void known_part(
        std::string_view type, fields& part, const std::string& path, upstream::message& into
    );
    void image(fields& part, upstream::message& into);
    void audio(fields& part, const std::string& path, upstream::message& into);
    void file(fields& part, upstream::message& into);
    void call(fields& item);
    void result(fields& item);
    void thoughts(fields& item, const std::string& path);
    void picture(fields& item);
    std::string texts(fields& item, std::string_view key, const std::string& path);
    void sign_text(upstream::reasoning_state state);

    void refuse(const std::string& path, const std::string& what) {
        if (!into_.problem) into_.problem = bad_request("'" + path + "' " + what, path);
    }
    void refuse_elsewhere(const std::string& path) { into_.call.untranslatable.push_back(path); }

    responses_target& into_;
    std::vector<upstream::message>& messages_;
    std::vector<signature> signatures_;
    bool in_answer_ = false;
};

upstream::message& item_reader::answer() {
    if (!std::exchange(in_answer_, true)) {
        messages_.emplace_back().role = upstream::role::assistant;
    }
    return messages_.back();
}

void item_reader::read(const json& value, const std::string& path) {
    if (!value.is_object()) return refuse(path, "must be an object");
    fields item{value, path, into_.problem};
    const auto type = item.text("type").value_or("message");
    if (item.failed()) return;
    if (type == "message") return message(item);
    if (type == "function_call") return call(item);
    if (type == "function_call_output") return result(item);
    if (type == "reasoning") return thoughts(item, path);
    if (type == "image_generation_call") return picture(item);
    refuse_elsewhere(path);
}

std::optional<upstream::role> item_reader::role(fields& item) {
    const auto name = item.text("role");
    if (item.failed()) return {};
    if (!name) {
        item.fail_missing("role");
        return {};
    }
    if (*name == "user") return upstream::role::user;
    if (*name == "assistant") return upstream::role::assistant;
    if (*name == "system") return upstream::role::system;
    if (*name == "developer") return upstream::role::developer;
    item.fail("role", "must be user, assistant, system or developer");
    return {};
}

void item_reader::message(fields& item) {
    const auto by = role(item);
    if (!by) return;
    if (*by == upstream::role::assistant) return content(item, "content", answer(), true);
    in_answer_ = false;
    upstream::message decoded;
    decoded.role = *by;
    content(item, "content", decoded, true);
    if (!into_.problem) messages_.push_back(std::move(decoded));
}

void item_reader::content(
    fields& item, std::string_view key, upstream::message& into, bool required
) {
    const auto* value = item.any(key);
    if (value == nullptr) {
        if (required) item.fail_missing(key);
        return;
    }
    if (value->is_string()) {
        into.content.emplace_back(upstream::text_part{value->get<std::string>()});
        return;
    }
    if (!value->is_array()) return item.fail(key, "must be a string or an array of parts");
    for (std::size_t i = 0; i < value->size() && !into_.problem; ++i)
        part((*value)[i], element(item.path_of(key), i), into);
}

void item_reader::part(const json& value, const std::string& path, upstream::message& into) {
    if (!value.is_object()) return refuse(path, "must be an object");
    fields part{value, path, into_.problem};
    const auto type = part.text("type");
    if (part.failed()) return;
    if (!type) return part.fail_missing("type");
    known_part(*type, part, path, into);
}

void item_reader::known_part(
    std::string_view type, fields& part, const std::string& path, upstream::message& into
) {
    if (type == "input_text" || type == "output_text" || type == "text" || type == "refusal") {
        const auto* key = type == "refusal" ? "refusal" : "text";
        const auto text = part.text(key);
        if (!text) return part.fail_missing(key);
        into.content.emplace_back(upstream::text_part{*text});
    } else if (type == "input_image") {
        image(part, into);
    } else if (type == "input_audio") {
        audio(part, path, into);
    } else if (type == "input_file") {
        file(part, into);
    } else {
        refuse_elsewhere(path);
    }
}

void item_reader::image(fields& part, upstream::message& into) {
    upstream::image_part image;
    image.url = part.text("image_url").value_or("");
    image.id = part.text("file_id").value_or("");
    image.detail = part.text("detail").value_or("");
    if (part.failed()) return;
    if (image.url.empty() && image.id.empty()) return part.fail_missing("image_url");
    into.content.emplace_back(std::move(image));
}

void item_reader::audio(fields& part, const std::string& path, upstream::message& into) {
    const auto* inner = part.object("input_audio");
    if (part.failed()) return;
    if (inner == nullptr) return part.fail_missing("input_audio");
    fields audio{*inner, path + ".input_audio", into_.problem};
    const auto data = audio.text("data");
    const auto format = audio.text("format");
    if (!data) return audio.fail_missing("data");
    if (!format) return audio.fail_missing("format");
    into.content.emplace_back(upstream::audio_part{*data, *format});
}

void item_reader::file(fields& part, upstream::message& into) {
    upstream::file_part file;
    file.id = part.text("file_id").value_or("");
    file.data = part.text("file_data").value_or("");
    file.name = part.text("filename").value_or("");
    file.url = part.text("file_url").value_or("");
    if (part.failed()) return;
    if (file.id.empty() && file.data.empty() && file.url.empty()) {
        return part.fail("file_id", "(or 'file_data' or 'file_url') is required");
    }
    into.content.emplace_back(std::move(file));
}

void item_reader::call(fields& item) {
    upstream::tool_call decoded;
    const auto id = item.text("call_id");
    const auto name = item.text("name");
    decoded.arguments = item.text("arguments").value_or("");
    if (item.failed()) return;
    if (!id || id->empty()) return item.fail_missing("call_id");
    if (!name || name->empty()) return item.fail_missing("name");
    decoded.id = *id;
    decoded.name = *name;
    answer().tool_calls.push_back(std::move(decoded));
}

void item_reader::result(fields& item) {
    upstream::message decoded;
    decoded.role = upstream::role::tool;
    decoded.tool_call_id = item.text("call_id").value_or("");
    if (item.failed()) return;
    if (decoded.tool_call_id.empty()) return item.fail_missing("call_id");
    content(item, "output", decoded, true);
    in_answer_ = false;
    if (!into_.problem) messages_.push_back(std::move(decoded));
}

std::string item_reader::texts(fields& item, std::string_view key, const std::string& path) {
    std::string all;
    const auto* list = item.array(key);
    if (list == nullptr) return all;
    for (std::size_t i = 0; i < list->size() && !into_.problem; ++i) {
        const auto here = element(path + "." + std::string(key), i);
        if (!(*list)[i].is_object()) {
            refuse(here, "must be an object");
            break;
        }
        fields part{(*list)[i], here, into_.problem};
        all += part.text("text").value_or("");
    }
    return all;
}

void item_reader::thoughts(fields& item, const std::string& path) {
    upstream::reasoning_part decoded;
    decoded.text = texts(item, "summary", path);
    if (decoded.text.empty()) decoded.text = texts(item, "content", path);
    const auto id = item.text("id");
    const auto encrypted = item.text("encrypted_content");
    if (item.failed()) return;
    if (encrypted && !encrypted->empty()) {
        auto unpacked = unpack_reasoning(*encrypted);
        into_.holds_packed_state |= unpacked.marked;
        if (unpacked.owner.text) return sign_text(std::move(unpacked.state));
        if (!unpacked.owner.call_id.empty()) {
            signatures_.push_back({unpacked.owner.call_id, std::move(unpacked.state)});
            return;
        }
        if (!unpacked.marked) unpacked.state.id = id.value_or("");
        decoded.state = std::move(unpacked.state);
    }
    // Of what is an id alone, the provider has the rest.
    if (decoded.text.empty() && !decoded.state) return;
    answer().content.emplace_back(std::move(decoded));
}

/// A picture that the model made.
void item_reader::picture(fields& item) {
    const auto picture = item.text("result");
    const auto format = item.text("output_format").value_or("png");
    if (item.failed() || !picture || picture->empty()) return;
    answer().content.emplace_back(upstream::image_part{
        "data:image/" + format + ";base64," + *picture, ""});
}

void item_reader::sign_text(upstream::reasoning_state state) {
    if (!in_answer_) return;
    auto& content = messages_.back().content;
    for (auto at = content.rbegin(); at != content.rend(); ++at) {
        auto* text = std::get_if<upstream::text_part>(&*at);
        if (text == nullptr) continue;
        text->state = std::move(state);
        return;
    }
}

void item_reader::settle() {
    for (auto& each : signatures_) {
        for (auto& message : messages_) {
            for (auto& call : message.tool_calls) {
                if (call.id == each.call_id) call.state = each.state;
            }
        }
    }
}

/// A reasoning item in the words of this API's provider; null where it is another's.
nlohmann::ordered_json unpacked_item(nlohmann::ordered_json item) {
    const auto encrypted = item.find("encrypted_content");
    if (encrypted == item.end() || !encrypted->is_string()) return item;
    const auto unpacked = unpack_reasoning(encrypted->get_ref<const std::string&>());
    if (!unpacked.marked) return item;
    const bool own = unpacked.state.from == upstream::reasoning_state::origin::openai_responses &&
                     !unpacked.owner.text && unpacked.owner.call_id.empty();
    if (!own) return nullptr;
    *encrypted = unpacked.state.data;
    item.erase("id");
    if (!unpacked.state.id.empty()) item["id"] = unpacked.state.id;
    return item;
}

}  // namespace

void decode_response_input(const json& body, responses_target& into) {
    fields top{body, "", into.problem};
    auto& request = into.call.request;
    if (const auto instructions = top.text("instructions");
        instructions && !instructions->empty()) {
        auto& system = request.messages.emplace_back();
        system.role = upstream::role::system;
        system.content.emplace_back(upstream::text_part{*instructions});
    }
    const auto* input = top.any("input");
    if (input == nullptr) {
        const bool elsewhere = body.contains("prompt") || body.contains("conversation") ||
                               body.contains("previous_response_id");
        if (!elsewhere) top.fail_missing("input");
        return;
    }
    if (input->is_string()) {
        auto& user = request.messages.emplace_back();
        user.content.emplace_back(upstream::text_part{input->get<std::string>()});
        return;
    }
    if (!input->is_array()) return top.fail("input", "must be a string or an array of items");
    item_reader reader(into);
    for (std::size_t i = 0; i < input->size() && !into.problem; ++i)
        reader.read((*input)[i], element("input", i));
    reader.settle();
}

std::string without_packed_state(std::string_view body) {
    auto parsed = nlohmann::ordered_json::parse(body, nullptr, false);
    if (!parsed.is_object() || !parsed["input"].is_array()) return std::string(body);
    auto kept = nlohmann::ordered_json::array();
    for (auto& item : parsed["input"]) {
        auto unpacked = item.is_object() ? unpacked_item(std::move(item)) : std::move(item);
        if (!unpacked.is_null()) kept.push_back(std::move(unpacked));
    }
    parsed["input"] = std::move(kept);
    return dump_json(parsed);
}

}  // namespace sluice::gateway
