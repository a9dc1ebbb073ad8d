#include "upstream/providers/bedrock_content.hpp"

#include "upstream/providers/base64.hpp"
#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// What marks state that only Bedrock itself can read.
constexpr std::string_view own_state = "bedrock";
constexpr std::size_t call_id_bytes_max = 64;

struct format {
    std::string_view type;   ///< media type
    std::string_view block;  ///< of which kind of block
    std::string_view name;
};
constexpr std::array<format, 31> formats{{
    {"image/png", "image", "png"},
    {"image/jpeg", "image", "jpeg"},
    {"image/jpg", "image", "jpeg"},
    {"image/gif", "image", "gif"},
    {"image/webp", "image", "webp"},
    {"application/pdf", "document", "pdf"},
    {"text/csv", "document", "csv"},
    {"application/msword", "document", "doc"},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", "docx"},
    {"application/vnd.ms-excel", "document", "xls"},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "document", "xlsx"},
    {"text/html", "document", "html"},
    {"text/plain", "document", "txt"},
    {"text/markdown", "document", "md"},
    {"video/mp4", "video", "mp4"},
    {"video/quicktime", "video", "mov"},
    {"video/x-matroska", "video", "mkv"},
    {"video/webm", "video", "webm"},
    {"video/x-flv", "video", "flv"},
    {"video/mpeg", "video", "mpeg"},
    {"video/x-ms-wmv", "video", "wmv"},
    {"video/3gpp", "video", "three_gp"},
    {"audio/mp3", "audio", "mp3"},
    {"audio/mpeg", "audio", "mp3"},
    {"audio/wav", "audio", "wav"},
    {"audio/x-wav", "audio", "wav"},
    {"audio/flac", "audio", "flac"},
    {"audio/ogg", "audio", "ogg"},
    {"audio/opus", "audio", "opus"},
    {"audio/aac", "audio", "aac"},
    {"audio/mp4", "audio", "mp4"},
}};

/// The format's entry; nothing where Bedrock takes nothing of that type.
const format* format_of(std::string_view type) {
    const auto found = std::ranges::find(formats, type, &format::type);
    return found == formats.end() ? nullptr : &*found;
}

/// Letters, digits, single spaces and some marks are all that a document's name may hold; each has
/// to have another within one request.
std::string document_name(std::string_view file, std::size_t number) {
    constexpr std::string_view marks = "-()[]";
    constexpr std::size_t bytes_max = 100;
    std::string name;
    for (const char c : file.substr(0, std::min(file.rfind('.'), bytes_max))) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || marks.find(c) != std::string_view::npos;
        if (letter)
            name += c;
        else if (!name.empty() && name.back() != ' ')
            name += ' ';
    }
    if (name.empty()) name = "document";
    if (name.back() != ' ') name += ' ';
    return name + std::to_string(number);
}

/// An image, a document, a sound or a film by its bytes or by its place in S3.
bedrock_block media_block(
    std::string_view type, json source, std::string_view file, std::size_t number
) {
    const auto* known = format_of(type);
    if (known == nullptr) return {{}, "takes no files of that media type"};
    json inner{{"format", known->name}, {"source", std::move(source)}};
    if (known->block == "document") inner["name"] = document_name(file, number);
    return {{{std::string(known->block), std::move(inner)}}};
}

std::optional<bedrock_block> inline_block(
    std::string_view url, std::string_view file, std::size_t number
) {
    const auto data = parse_data_url(url);
    if (!data) return {};
    return media_block(data->type, {{"bytes", data->data}}, file, number);
}

/// The media type that the end of a name tells.
std::string_view type_by_name(std::string_view name) {
    const auto ending = lower_case(name.substr(std::min(name.rfind('.') + 1, name.size())));
    const auto wanted = ending == "jpg" ? "jpeg" : ending == "3gp" ? "three_gp" : ending;
    const auto found = std::ranges::find(formats, std::string_view(wanted), &format::name);
    return found == formats.end() ? std::string_view() : found->type;
}

bedrock_block block_of(const text_part& part, bool, std::size_t) {
    if (trim(part.text).empty()) return {};
    return {{{"text", part.text}}};
}

bedrock_block block_of(const image_part& part, bool, std::size_t number) {
    if (auto made = inline_block(part.url, {}, number)) return std::move(*made);
    if (part.url.starts_with("s3://")) {
        const auto type = type_by_name(part.url);
        return media_block(type, {{"s3Location", {{"uri", part.url}}}}, {}, number);
    }
    return {{}, "takes images as base64 data or from S3 only"};
}

bedrock_block block_of(const audio_part& part, bool, std::size_t number) {
    return media_block("audio/" + part.format, {{"bytes", part.data}}, {}, number);
}

bedrock_block block_of(const file_part& part, bool, std::size_t number) {
    if (auto made = inline_block(part.data, part.name, number)) return std::move(*made);
    if (auto made = inline_block(part.url, part.name, number)) return std::move(*made);
    if (part.url.starts_with("s3://")) {
        const auto type = part.type.empty() ? type_by_name(part.url) : std::string_view(part.type);
        return media_block(type, {{"s3Location", {{"uri", part.url}}}}, part.name, number);
    }
    return {{}, "takes files as base64 data or from S3 only"};
}

bedrock_block block_of(const reasoning_part& part, bool claude, std::size_t) {
    using form = reasoning_state::form;
    using origin = reasoning_state::origin;
    if (!part.state) return {};
    const auto& state = *part.state;
    const bool own = state.from == origin::other && state.id == own_state;
    if (!own && (!claude || state.from != origin::anthropic)) return {};
    if (state.how == form::redacted) {
        const auto data = own ? state.data : base64_encode(state.data);
        return {{{"reasoningContent", {{"redactedContent", data}}}}};
    }
    return {
        {{"reasoningContent",
          {{"reasoningText", {{"text", part.text}, {"signature", state.data}}}}}}};
}

}  // namespace

bedrock_block make_bedrock_block(const content_part& part, bool claude, std::size_t number) {
    return std::visit([&](const auto& each) { return block_of(each, claude, number); }, part);
}

std::string bedrock_call_id(std::string_view id) {
    // The end of a long id differs sooner than its beginning.
    if (id.size() > call_id_bytes_max) id.remove_prefix(id.size() - call_id_bytes_max);
    std::string out(id);
    for (char& c : out) {
        const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!fits) c = '_';
    }
    return out.empty() ? "call" : out;
}

reasoning_state bedrock_redacted_state(std::string_view base64) {
    const auto text = base64_decode(base64);
    const bool readable =
        text && std::ranges::all_of(*text, [](char c) { return c > ' ' && c <= '~'; });
    reasoning_state state;
    state.how = reasoning_state::form::redacted;
    state.from = readable ? reasoning_state::origin::anthropic : reasoning_state::origin::other;
    state.data = readable ? *text : std::string(base64);
    if (!readable) state.id = own_state;
    return state;
}

}  // namespace sluice::upstream
