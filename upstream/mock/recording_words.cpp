#include "upstream/mock/recording_words.hpp"

#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_host.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice::upstream {

namespace {

constexpr std::array<std::pair<std::string_view, api>, api_count> api_words{{
    {"native", api::native},
    {"openai_chat", api::openai_chat},
    {"openai_completions", api::openai_completions},
    {"openai_responses", api::openai_responses},
    {"openai_embeddings", api::openai_embeddings},
    {"anthropic_messages", api::anthropic_messages},
    {"anthropic_count_tokens", api::anthropic_count_tokens},
    {"gemini", api::gemini},
    {"ollama_chat", api::ollama_chat},
    {"ollama_generate", api::ollama_generate},
    {"ui_messages", api::ui_messages},
}};

}  // namespace

std::string_view recorded_api(api value) {
    const auto found =
        std::ranges::find(api_words, value, [](const auto& row) { return row.second; });
    return found == api_words.end() ? std::string_view{} : found->first;
}

std::optional<api> recorded_api_named(std::string_view word) {
    const auto found =
        std::ranges::find(api_words, word, [](const auto& row) { return row.first; });
    if (found == api_words.end()) return std::nullopt;
    return found->second;
}

std::string_view recorded_kind(provider_settings::protocol kind) {
    const auto rows = protocols();
    const auto found = std::ranges::find(rows, kind, &protocol_row::kind);
    return found == rows.end() ? std::string_view{} : found->word;
}

std::optional<provider_settings::protocol> recorded_kind_named(std::string_view word) {
    const auto rows = protocols();
    const auto found = std::ranges::find(rows, word, &protocol_row::word);
    if (found == rows.end()) return std::nullopt;
    return found->kind;
}

std::string_view recorded_host(const openai_host* host) {
    return host == nullptr ? std::string_view{} : host->name;
}

bool is_document_of(api client, bool stream) {
    return !stream || client == api::openai_embeddings || client == api::anthropic_count_tokens;
}

}  // namespace sluice::upstream
