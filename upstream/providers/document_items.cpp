#include "upstream/providers/document_items.hpp"

#include "upstream/providers/anthropic_blocks.hpp"
#include "upstream/providers/gemini_chunk.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/ollama_line.hpp"
#include "upstream/providers/openai_chunk.hpp"
#include "upstream/providers/openai_responses_items.hpp"

#include <cstddef>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;
using teller = void (*)(json& answer, batch_texts& texts, batch& out);

// A long answer with some pictures. A tree takes many times the bytes of small values.
constexpr std::size_t document_bytes_max = 16U << 20;
constexpr std::size_t values_max = 256 * 1024;

/// A message is a delta that says all at once. A completion of the older kind has its text where
/// its chunks have theirs.
void tell_choices(json& answer, batch_texts& texts, batch& out) {
    const auto choices = answer.find("choices");
    if (choices == answer.end() || !choices->is_array()) return;
    for (auto& choice : *choices) {
        if (find(choice, "message") != nullptr) choice["delta"] = std::move(choice["message"]);
    }
    openai_chunk_reader(openai_chunk_reader::purpose::translation).read(answer, texts, out);
}

void tell_response(json& answer, batch_texts& texts, batch& out) {
    responses_items items;
    items.name(find_text(answer, "id"));
    items.read_output(answer, texts, out);
}

void tell_message(json& answer, batch_texts& texts, batch& out) {
    anthropic_blocks blocks;
    blocks.name(find_text(answer, "id"));
    const auto* content = find(answer, "content");
    if (content != nullptr && content->is_array()) blocks.whole(*content, texts, out);
    const auto* details = find(answer, "stop_details");
    const auto words = details == nullptr ? "" : find_text(*details, "explanation");
    if (!words.empty()) out.items.emplace_back(refusal_delta{0, texts.keep(words)});
}

void tell_candidates(json& answer, batch_texts& texts, batch& out) {
    gemini_chunk_reader(gemini_chunk_reader::purpose::translation).read(answer, texts, out);
}

void tell_line(json& answer, batch_texts& texts, batch& out) {
    ollama_teller().tell(answer, texts, out);
}

teller teller_of(api spoken) {
    switch (spoken) {
        case api::openai_chat:
        case api::openai_completions:
            return tell_choices;
        case api::openai_responses:
            return tell_response;
        case api::anthropic_messages:
            return tell_message;
        case api::gemini:
            return tell_candidates;
        case api::ollama_chat:
        case api::ollama_generate:
            return tell_line;
        case api::native:
        case api::openai_embeddings:
        case api::anthropic_count_tokens:
        case api::ui_messages:
            return nullptr;
    }
    return nullptr;
}

}  // namespace

bool read_document_items(api spoken, std::string_view document, batch_texts& texts, batch& out) {
    const auto tell = teller_of(spoken);
    if (tell == nullptr) return true;
    if (document.size() > document_bytes_max || holds_more_values(document, values_max)) {
        return false;
    }
    auto answer = parse_json(document);
    if (!answer.is_object()) return false;
    tell(answer, texts, out);
    return true;
}

}  // namespace sluice::upstream
