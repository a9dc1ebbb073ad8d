#include "upstream/providers/openai_delta.hpp"

#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_sources.hpp"
#include "upstream/providers/translation.hpp"

namespace sluice::upstream {

namespace {

using nlohmann::json;

/// Where the pieces of one delta go.
struct sink {
    int choice;
    batch_texts& texts;
    batch* out;
    bool any = false;

    template <class Delta>
    void put(std::string_view text) {
        if (text.empty()) return;
        any = true;
        if (out != nullptr) out->items.emplace_back(Delta{choice, texts.keep(text)});
    }
};

/// Mistral's `{type: thinking, thinking: [{text}]}`, or the text itself.
void read_thinking(const json* thinking, sink& to) {
    to.put<reasoning_delta>(text_of(thinking));
    if (thinking == nullptr || !thinking->is_array()) return;
    for (const auto& part : *thinking)
        to.put<reasoning_delta>(find_text(part, "text"));
}

/// A text, or Mistral's list of parts.
void read_content(const json* content, sink& to) {
    to.put<text_delta>(text_of(content));
    if (content == nullptr || !content->is_array()) return;
    for (const auto& part : *content) {
        const auto type = find_text(part, "type");
        if (type == "thinking") read_thinking(find(part, "thinking"), to);
        if (type == "text") to.put<text_delta>(find_text(part, "text"));
    }
}

/// OpenRouter tells the same in up to three places.
void read_reasoning(const json& delta, sink& to) {
    const auto content = find_text(delta, "reasoning_content");
    const auto plain = find_text(delta, "reasoning");
    to.put<reasoning_delta>(content);
    if (plain != content) to.put<reasoning_delta>(plain);
    if (!content.empty() || !plain.empty()) return;
    const auto* details = find(delta, "reasoning_details");
    if (details == nullptr || !details->is_array()) return;
    for (const auto& detail : *details) {
        to.put<reasoning_delta>(find_text(detail, "text"));
        to.put<reasoning_delta>(find_text(detail, "summary"));
    }
}

/// OpenRouter's pictures: `{type: image_url, image_url: {url: "data:image/png;base64,..."}}`.
void read_images(const json* images, sink& to) {
    if (images == nullptr || !images->is_array()) return;
    for (const auto& image : *images) {
        const auto* holder = find(image, "image_url");
        const auto url = parse_data_url(holder == nullptr ? "" : find_text(*holder, "url"));
        if (!url) continue;
        to.any = true;
        if (to.out == nullptr) continue;
        to.out->items.emplace_back(media_delta{
            to.choice, to.texts.keep(url->type), to.texts.keep(url->data)});
    }
}

/// `{id, data, transcript}`, each part of it in a chunk of its own. Streams have one format.
void read_audio(const json* audio, sink& to) {
    if (audio == nullptr) return;
    const auto data = find_text(*audio, "data");
    const auto transcript = find_text(*audio, "transcript");
    if (data.empty() && transcript.empty()) return;
    to.any = true;
    if (to.out == nullptr) return;
    to.out->items.emplace_back(media_delta{
        to.choice, "audio/pcm16", to.texts.keep(data), to.texts.keep(transcript)});
}

}  // namespace

bool read_openai_delta(
    const json& delta, int choice, openai_states& states, batch_texts& texts, batch* out
) {
    sink to{choice, texts, out};
    read_reasoning(delta, to);
    if (out != nullptr) states.read_details(delta, texts, *out);
    read_content(find(delta, "content"), to);
    if (out != nullptr) states.read_text(delta, texts, *out);
    to.put<refusal_delta>(find_text(delta, "refusal"));
    read_images(find(delta, "images"), to);
    read_audio(find(delta, "audio"), to);
    openai_sources::read_annotations(delta, choice, texts, out);
    return to.any;
}

}  // namespace sluice::upstream
