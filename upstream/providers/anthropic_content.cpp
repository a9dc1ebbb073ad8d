#include "upstream/providers/anthropic_content.hpp"

#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"

#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

namespace sluice::upstream {

namespace {

using nlohmann::json;

bool is_web_address(std::string_view url) {
    return url.starts_with("https://") || url.starts_with("http://");
}

std::optional<std::uint32_t> sextet(char c) {
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const auto at = digits.find(c == '-' ? '+' : c == '_' ? '/' : c);
    if (at == std::string_view::npos) return {};
    return static_cast<std::uint32_t>(at);
}

/// What base64 stands for; white space and padding are skipped, anything else ends it.
std::string decode_base64(std::string_view text) {
    std::string out;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        if (c == '=' || c == '\r' || c == '\n' || c == ' ') continue;
        const auto value = sextet(c);
        if (!value) break;
        bits = (bits << 6U) | *value;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        out += static_cast<char>((bits >> static_cast<unsigned>(count)) & 0xFFU);
    }
    return out;
}

json base64_source(std::string_view type, std::string_view data) {
    return {{"type", "base64"}, {"media_type", type}, {"data", data}};
}

anthropic_block file_by_id(const char* kind, std::string_view id) {
    return {{{"type", kind}, {"source", {{"type", "file"}, {"file_id", id}}}}, {}, true};
}

anthropic_block by_address(const char* kind, std::string_view url) {
    return {{{"type", kind}, {"source", {{"type", "url"}, {"url", url}}}}, {}};
}

anthropic_block block_of(const text_part& part) {
    if (trim(part.text).empty()) return {};
    return {{{"type", "text"}, {"text", part.text}}, {}};
}

anthropic_block block_of(const image_part& part) {
    if (const auto data = parse_data_url(part.url)) {
        return {{{"type", "image"}, {"source", base64_source(data->type, data->data)}}, {}};
    }
    if (is_web_address(part.url)) return by_address("image", part.url);
    if (part.url.empty() && !part.id.empty()) return file_by_id("image", part.id);
    return {{}, "takes images as base64 data or from the web only"};
}

anthropic_block block_of(const audio_part&) {
    return {{}, "takes no audio"};
}

anthropic_block document_of(const data_url& data) {
    if (data.type.starts_with("image/")) {
        return {{{"type", "image"}, {"source", base64_source(data.type, data.data)}}, {}};
    }
    if (data.type == "application/pdf") {
        return {{{"type", "document"}, {"source", base64_source(data.type, data.data)}}, {}};
    }
    if (data.type.starts_with("text/") || data.type == "application/json") {
        const json source{
            {"type", "text"}, {"media_type", "text/plain"}, {"data", decode_base64(data.data)}};
        return {{{"type", "document"}, {"source", source}}, {}};
    }
    return {{}, "takes files of the types PDF, text and image only"};
}

anthropic_block block_of(const file_part& part) {
    anthropic_block made;
    if (const auto data = parse_data_url(part.data)) {
        made = document_of(*data);
    } else if (is_web_address(part.url)) {
        made = by_address(part.type.starts_with("image/") ? "image" : "document", part.url);
    } else if (part.data.empty() && part.url.empty() && !part.id.empty()) {
        made = file_by_id(part.type.starts_with("image/") ? "image" : "document", part.id);
    } else {
        made.why = "takes files as base64 data or from the web only";
    }
    if (!part.name.empty() && made.value.is_object() && made.value["type"] == "document") {
        made.value["title"] = part.name;
    }
    return made;
}

/// A signature is sent back with the very text that it signs, be it empty.
anthropic_block block_of(const reasoning_part& part) {
    if (!part.state || part.state->from != reasoning_state::origin::anthropic) return {};
    if (part.state->how == reasoning_state::form::redacted) {
        return {{{"type", "redacted_thinking"}, {"data", part.state->data}}, {}};
    }
    return {{{"type", "thinking"}, {"thinking", part.text}, {"signature", part.state->data}}, {}};
}

}  // namespace

anthropic_block make_anthropic_block(const content_part& part) {
    return std::visit([](const auto& each) { return block_of(each); }, part);
}

json anthropic_tool_input(std::string_view arguments) {
    if (auto object = arguments_object(arguments)) return std::move(*object);
    if (trim(arguments) == "null") return json::object();
    return {{"INVALID_JSON", arguments}};
}

}  // namespace sluice::upstream
