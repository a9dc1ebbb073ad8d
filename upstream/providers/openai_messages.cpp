#include "upstream/providers/openai_messages.hpp"

#include "upstream/providers/openai_reasoning.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

using nlohmann::json;

const char* role_name(role value, const openai_host& host) {
    switch (value) {
        case role::system:
            return "system";
        case role::developer:
            return host.developer_role ? "developer" : "system";
        case role::user:
            return "user";
        case role::assistant:
            return "assistant";
        case role::tool:
            return "tool";
    }
    return "user";
}

/// Nine letters and digits, the same for the same id.
std::string short_id(std::string_view id) {
    constexpr std::string_view digits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr std::size_t length = 9;
    if (id.size() == length && id.find_first_not_of(digits) == std::string_view::npos)
        return std::string(id);
    std::uint64_t hash = 14695981039346656037U;  // FNV-1a
    for (const char c : id)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
    std::string made;
    for (; made.size() < length; hash /= digits.size())
        made += digits[hash % digits.size()];
    return made;
}

json text_json(std::string_view text) {
    return {{"type", "text"}, {"text", text}};
}

json image_json(std::string_view url, std::string_view detail) {
    json image{{"url", url}};
    if (!detail.empty()) image["detail"] = detail;
    return {{"type", "image_url"}, {"image_url", std::move(image)}};
}

json parts_of(const json& content) {
    return content.is_array() ? content : json::array({text_json(content.get<std::string>())});
}

class writer {
 public:
    writer(
        const call& call,
        const provider_settings& provider,
        std::string_view model,
        const openai_host& host
    )
        : call_(call), provider_(provider), model_(model), host_(host) {}

    boost::system::result<json, failure> run() {
        for (const auto& each : call_.request.messages) {
            // Between a call and its results nothing else may stand.
            if (each.role != role::tool) flush();
            write(each);
            if (problem_) return std::move(*problem_);
        }
        flush();
        mark_beginning();
        return std::move(out_);
    }

 private:
    void write(const message& from) {
        const bool calls = from.role == role::tool || !from.tool_calls.empty();
        if (calls && !host_.tools) return refuse("takes no tool calls");
        json to{{"role", role_name(from.role, host_)}};
        const bool speaks = from.role == role::assistant || from.role == role::tool;
        to["content"] = speaks ? spoken(from) : shown(from);
        if (!from.name.empty() && host_.names) to["name"] = from.name;
        if (from.role == role::tool) to["tool_call_id"] = id_of(from.tool_call_id);
        for (const auto& call : from.tool_calls)
            to["tool_calls"].push_back(call_json(call));
        if (from.role == role::assistant) put_openai_thoughts(from, host_, to);
        append(std::move(to));
    }

    /// The content of who has only words; the rest is moved.
    json spoken(const message& from) {
        auto text = text_of(from);
        auto others = json::array();
        for (const auto& part : from.content) {
            if (!std::holds_alternative<text_part>(part)) add_part(part, others);
        }
        const bool tool = from.role == role::tool;
        if (!others.empty()) {
            const auto whose = tool ? "Result of the tool call '" + id_of(from.tool_call_id) + "':"
                                    : std::string("Made by the assistant:");
            moved_.push_back(text_json(whose));
            moved_.insert(moved_.end(), others.begin(), others.end());
            if (text.empty()) text = "(See the next message of the user.)";
        }
        if (text.empty() && !from.tool_calls.empty()) return {};
        return text;
    }

    json shown(const message& from) {
        auto parts = json::array();
        for (const auto& part : from.content)
            add_part(part, parts);
        if (parts.empty()) return "";
        if (parts.size() == 1 && parts[0]["type"] == "text") return parts[0]["text"];
        return parts;
    }

    void add_part(const content_part& part, json& to) {
        std::visit([&](const auto& each) { add(each, to); }, part);
    }
    void add(const text_part& part, json& to) { to.push_back(text_json(part.text)); }
    void add(const reasoning_part&, json&) {}

    void add(const image_part& part, json& to) {
        if (!host_.images) return refuse("takes no images");
        if (part.url.empty()) return refuse("takes no image by a file's id");
        to.push_back(image_json(part.url, part.detail));
    }

    void add(const audio_part& part, json& to) {
        if (!host_.audio) return refuse("takes no audio");
        to.push_back(
            {{"type", "input_audio"},
             {"input_audio", {{"data", part.data}, {"format", part.format}}}}
        );
    }

    void add(const file_part& part, json& to) {
        const bool by_url = part.id.empty() && part.data.empty() && !part.url.empty();
        if (by_url && part.type.starts_with("image/") && part.url.starts_with("http")) {
            return add(image_part{part.url, {}}, to);
        }
        if (!host_.files) return refuse("takes no files");
        if (by_url && !host_.file_urls) return refuse("takes no file by its URL");
        auto file = json::object();
        if (!part.id.empty()) file["file_id"] = part.id;
        if (!part.data.empty()) file["file_data"] = part.data;
        if (by_url) file["file_data"] = part.url;
        const bool needs_name = file.contains("file_data") || !part.name.empty();
        if (needs_name) file["filename"] = openai_file_name(part);
        to.push_back({{"type", "file"}, {"file", std::move(file)}});
    }

    json call_json(const tool_call& call) const {
        const auto& arguments = call.arguments.empty() ? "{}" : call.arguments;
        json made{
            {"id", id_of(call.id)},
            {"type", "function"},
            {"function", {{"name", call.name}, {"arguments", arguments}}}};
        const bool signed_by_gemini =
            call.state && call.state->from == reasoning_state::origin::gemini;
        if (signed_by_gemini && host_.call_signatures) {
            made["extra_content"]["google"]["thought_signature"] = call.state->data;
        }
        return made;
    }

    std::string id_of(const std::string& id) const {
        return host_.short_call_ids ? short_id(id) : id;
    }

    void append(json message) {
        const auto role = message["role"];
        const bool goes_on = host_.turns && !out_.empty() && out_.back()["role"] == role &&
                             (role == "user" || role == "assistant");
        if (!goes_on) {
            out_.push_back(std::move(message));
            return;
        }
        auto& before = out_.back()["content"];
        auto& after = message["content"];
        if (before.is_string() && after.is_string()) {
            before = before.get<std::string>() + "\n\n" + after.get<std::string>();
            return;
        }
        auto joined = parts_of(before);
        for (auto& part : parts_of(after))
            joined.push_back(std::move(part));
        before = std::move(joined);
    }

    void flush() {
        if (moved_.empty()) return;
        append({{"role", "user"}, {"content", std::exchange(moved_, json::array())}});
    }

    void mark_beginning() {
        const bool wanted =
            call_.request.prefilled && host_.prefill == openai_host::beginning::mark;
        if (wanted && ends_with_answer(out_)) out_.back()["prefix"] = true;
    }

    void refuse(std::string_view why) {
        if (!problem_) problem_ = cannot_carry(call_, provider_, model_, "messages", why);
    }

    const call& call_;
    const provider_settings& provider_;
    std::string_view model_;
    const openai_host& host_;
    json out_ = json::array();
    json moved_ = json::array();
    std::optional<failure> problem_;
};

}  // namespace

bool ends_with_answer(const json& messages) {
    return !messages.empty() && messages.back()["role"] == "assistant";
}

std::string openai_file_name(const file_part& file) {
    if (!file.name.empty()) return file.name;
    struct extension {
        std::string_view type;
        const char* name;
    };
    static constexpr std::array extensions{
        extension{"application/pdf", "file.pdf"},
        extension{"application/json", "file.json"},
        extension{"text/plain", "file.txt"},
        extension{"text/markdown", "file.md"},
        extension{"text/csv", "file.csv"},
        extension{"text/html", "file.html"},
    };
    const auto data = parse_data_url(file.data);
    const auto type = data ? data->type : std::string_view(file.type);
    const auto found = std::ranges::find(extensions, type, &extension::type);
    return found == extensions.end() ? "file" : found->name;
}

boost::system::result<json, failure> translate_openai_messages(
    const call& call,
    const provider_settings& provider,
    std::string_view model,
    const openai_host& host
) {
    return writer(call, provider, model, host).run();
}

}  // namespace sluice::upstream
