#include "upstream/providers/gemini_media.hpp"

#include "upstream/providers/gemini_model.hpp"
#include "upstream/providers/text.hpp"
#include "upstream/providers/translation.hpp"

#include <array>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::string_view files_url = "https://generativelanguage.googleapis.com/v1beta/";

/// The media type that a URL's ending stands for; empty where it tells nothing.
std::string_view type_of(std::string_view url) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 16> types{{
        {"png", "image/png"},
        {"jpg", "image/jpeg"},
        {"jpeg", "image/jpeg"},
        {"webp", "image/webp"},
        {"gif", "image/gif"},
        {"heic", "image/heic"},
        {"heif", "image/heif"},
        {"pdf", "application/pdf"},
        {"txt", "text/plain"},
        {"csv", "text/csv"},
        {"html", "text/html"},
        {"mp3", "audio/mp3"},
        {"wav", "audio/wav"},
        {"mp4", "video/mp4"},
        {"webm", "video/webm"},
        {"mov", "video/quicktime"},
    }};
    const auto path = url.substr(0, url.find_first_of("?#"));
    const auto dot = path.rfind('.');
    if (dot == std::string_view::npos) return {};
    const auto ending = lower_case(path.substr(dot + 1));
    for (const auto& [name, type] : types) {
        if (ending == name) return type;
    }
    return {};
}

bool is_web(std::string_view url) {
    return url.starts_with("https://") || url.starts_with("http://");
}

/// A file that was uploaded to Google itself.
bool is_own(std::string_view url) {
    return url.starts_with("gs://") ||
           url.find("generativelanguage.googleapis.com/") != std::string_view::npos;
}

bool is_youtube(std::string_view url) {
    return url.find("youtube.com/") != std::string_view::npos ||
           url.find("youtu.be/") != std::string_view::npos;
}

json inline_part(std::string_view type, std::string_view data) {
    return {{"inlineData", {{"mimeType", type}, {"data", data}}}};
}

gemini_part from_url(std::string_view url, std::string_view type, std::string_view model) {
    if (const auto inlined = parse_data_url(url))
        return {inline_part(inlined->type, inlined->data), {}};
    if (!is_own(url) && !is_web(url)) return {nullptr, "takes only https, gs and data URLs"};
    // Fetched by Google itself, which the models before 2.5 can't have done.
    const bool fetched = !is_own(url) && !is_youtube(url);
    if (fetched && generation_of(model) == gemini_generation::plain) {
        return {nullptr, "takes no URLs of other hosts; send the data itself"};
    }
    json data{{"fileUri", url}};
    if (type.empty()) type = type_of(url);
    if (!type.empty()) data["mimeType"] = type;
    return {{{"fileData", std::move(data)}}, {}};
}

/// `files/abc` is what the Files API calls a file.
gemini_part from_id(
    std::string_view id,
    std::string_view type,
    const provider_settings& provider,
    std::string_view model
) {
    if (is_own(id)) return from_url(id, type, model);
    if (id.starts_with("files/") && !is_vertex(provider)) {
        return from_url(std::string(files_url).append(id), type, model);
    }
    return {nullptr, "knows no file of that id"};
}

}  // namespace

gemini_part gemini_image(
    const image_part& image, const provider_settings& provider, std::string_view model
) {
    if (!image.url.empty()) return from_url(image.url, {}, model);
    return from_id(image.id, {}, provider, model);
}

gemini_part gemini_audio(const audio_part& audio) {
    return {inline_part("audio/" + audio.format, audio.data), {}};
}

gemini_part gemini_file(
    const file_part& file, const provider_settings& provider, std::string_view model
) {
    if (!file.data.empty()) return from_url(file.data, file.type, model);
    if (!file.url.empty()) return from_url(file.url, file.type, model);
    return from_id(file.id, file.type, provider, model);
}

}  // namespace sluice::upstream
