#include "gateway/dialects/ollama_messages.hpp"

#include "gateway/dialects/json_text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::gateway {

namespace {

using nlohmann::json;
using problem_slot = std::optional<upstream::failure>;
using upstream::role;

constexpr std::size_t messages_max = 16 * 1024;
constexpr std::size_t images_max = 256;
constexpr std::size_t tool_calls_max = 4096;

std::string element(const std::string& path, std::size_t index) {
    return path + "[" + std::to_string(index) + "]";
}

/// Ollama's images have no type: their first bytes, in base64, say it.
std::string_view image_type(std::string_view base64) {
    struct beginning {
        std::string_view bytes;
        std::string_view type;
    };
    static constexpr std::array beginnings{
        beginning{"iVBORw0KGgo", "image/png"},
        beginning{"R0lGOD", "image/gif"},
        beginning{"UklGR", "image/webp"},
    };
    for (const auto& each : beginnings) {
        if (base64.starts_with(each.bytes)) return each.type;
    }
    return "image/jpeg";
}

void decode_images(fields& from, upstream::message& message, problem_slot& problem) {
    const auto* images = from.array("images");
    if (images == nullptr) return;
    if (images->size() > images_max) return from.fail("images", "holds more than 256 images");
    for (std::size_t i = 0; i < images->size(); ++i) {
        if (!(*images)[i].is_string()) {
            const auto path = element(from.path_of("images"), i);
            problem = bad_request("'" + path + "' must be a string of base64", path);
            return;
        }
        const auto& data = (*images)[i].get_ref<const std::string&>();
        upstream::image_part image;
        image.url = data.starts_with("data:")
                        ? data
                        : "data:" + std::string(image_type(data)) + ";base64," + data;
        message.content.emplace_back(std::move(image));
    }
}

class conversation {
 public:
    conversation(upstream::request& request, problem_slot& problem)
        : request_(request), problem_(problem) {}

    void message(const json& value, const std::string& path) {
        if (!value.is_object()) return refuse(path, "must be an object");
        fields reader{value, path, problem_};
        upstream::message decoded;
        if (!read_role(reader, decoded)) return;
        if (const auto thoughts = reader.text("thinking"); thoughts && !thoughts->empty()) {
            if (decoded.role == role::assistant)
                decoded.content.emplace_back(upstream::reasoning_part{*thoughts});
        }
        if (const auto text = reader.text("content"); text && !text->empty())
            decoded.content.emplace_back(upstream::text_part{*text});
        decode_images(reader, decoded, problem_);
        if (const auto* calls = reader.array("tool_calls")) read_calls(*calls, path, decoded);
        const auto tool = reader.text("tool_name");
        const auto name = reader.text("name");
        const auto id = reader.text("tool_call_id");
        if (decoded.role == role::tool && !problem_)
            answer(decoded, tool ? *tool : name.value_or(""), id.value_or(""));
        if (!problem_) request_.messages.push_back(std::move(decoded));
    }

 private:
    struct open_call {
        std::string id;
        std::string name;
    };

    void refuse(const std::string& path, std::string_view what) {
        if (!problem_) problem_ = bad_request("'" + path + "' " + std::string(what), path);
    }

    bool read_role(fields& reader, upstream::message& message) {
        struct word {
            std::string_view text;
            upstream::role role;
        };
        static constexpr std::array words{
            word{"system", role::system},
            word{"user", role::user},
            word{"assistant", role::assistant},
            word{"tool", role::tool},
        };
        const auto name = reader.text("role");
        if (reader.failed()) return false;
        const auto found = std::ranges::find(words, name.value_or(""), &word::text);
        if (found == words.end()) {
            reader.fail("role", "must be system, user, assistant or tool");
            return false;
        }
        message.role = found->role;
        return true;
    }

    void read_calls(const json& calls, const std::string& path, upstream::message& message) {
        if (calls.size() > tool_calls_max)
            return refuse(path + ".tool_calls", "holds more than 4096 calls");
        open_.clear();
        for (std::size_t i = 0; i < calls.size() && !problem_; ++i)
            read_call(calls[i], element(path + ".tool_calls", i), message);
    }

    void read_call(const json& value, const std::string& path, upstream::message& message) {
        if (!value.is_object()) return refuse(path, "must be an object");
        fields outer{value, path, problem_};
        auto id = outer.text("id").value_or("");
        const auto* function = outer.object("function");
        if (problem_) return;
        if (function == nullptr) return outer.fail_missing("function");
        fields inner{*function, path + ".function", problem_};
        const auto name = inner.text("name");
        const auto* arguments = inner.object("arguments");
        if (problem_) return;
        if (!name || name->empty()) return inner.fail_missing("name");
        if (id.empty()) id = next_id();
        open_.push_back({id, *name});
        message.tool_calls.push_back(
            {std::move(id), *name, arguments == nullptr ? "{}" : dump_json(*arguments)}
        );
    }

    /// A result belongs to the first call of that name that has none; where it names no tool, as
    /// older clients do, to the first call of all.
    void answer(upstream::message& result, const std::string& name, const std::string& id) {
        const auto fits = [&](const open_call& call) {
            return id.empty() ? name.empty() || call.name == name : call.id == id;
        };
        const auto found = std::ranges::find_if(open_, fits);
        if (found == open_.end()) {
            result.name = name;
            result.tool_call_id = id.empty() ? next_id() : id;
            return;
        }
        result.name = found->name;
        result.tool_call_id = found->id;
        open_.erase(found);
    }

    std::string next_id() { return "call_" + std::to_string(++ids_made_); }

    upstream::request& request_;
    problem_slot& problem_;
    std::vector<open_call> open_;  // of the last assistant, without a result yet
    std::size_t ids_made_ = 0;
};

}  // namespace

void decode_ollama_messages(fields& body, upstream::request& request, problem_slot& problem) {
    const auto* messages = body.array("messages");
    if (messages == nullptr) return;
    if (messages->size() > messages_max)
        return body.fail("messages", "holds more than 16384 messages");
    conversation decoder{request, problem};
    for (std::size_t i = 0; i < messages->size() && !problem; ++i)
        decoder.message((*messages)[i], element("messages", i));
}

void decode_ollama_prompt(fields& body, upstream::request& request, problem_slot& problem) {
    const auto prompt = body.text("prompt");
    const auto system = body.text("system");
    upstream::message user;
    if (prompt && !prompt->empty()) user.content.emplace_back(upstream::text_part{*prompt});
    decode_images(body, user, problem);
    if (problem || user.content.empty()) return;
    if (system && !system->empty()) {
        upstream::message made;
        made.role = role::system;
        made.content.emplace_back(upstream::text_part{*system});
        request.messages.push_back(std::move(made));
    }
    request.messages.push_back(std::move(user));
}

}  // namespace sluice::gateway
