#pragma once

#include "gateway/dialects/dialect.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/// The answers of Ollama's API: lines of JSON, documents and errors.
namespace sluice::gateway {

/// Which of the two: `/api/chat` answers with a `message`, `/api/generate` with a `response`.
enum class ollama_form { chat, generate };

std::unique_ptr<stream_encoder> make_ollama_encoder(const stream_names& names, ollama_form form);
/// Passes a provider's own lines on, and adds only what the gateway has to say.
std::unique_ptr<stream_encoder> make_ollama_relay(const stream_names& names, ollama_form form);

std::unique_ptr<document_builder> make_ollama_document(const stream_names& names, ollama_form form);
std::unique_ptr<document_builder> make_ollama_document_relay();

/// `{"error": "..."}`, which is all that Ollama says of an error.
std::string ollama_error(const upstream::failure& failure);

/// Unix seconds as `2026-08-17T15:57:12Z`.
std::string rfc3339(std::int64_t unix_seconds);

/// `done_reason`: Ollama says stop where tools are called as well.
std::string_view ollama_reason(upstream::finish_reason reason);

/// The members of a last line behind `"done":true`: why, the durations, which nobody knows, and the
/// counts that are known. Begins with a comma.
std::string ollama_end(std::string_view reason, const upstream::usage& usage);

/// One element of `tool_calls`. Arguments that are no JSON object, which Ollama's clients don't
/// take, stand as the text that the model wrote.
std::string ollama_call(
    std::string_view id, std::string_view name, int index, std::string_view arguments
);

/// Whether the text is a JSON object, which nothing that follows can change any more.
bool is_json_object(std::string_view text);

}  // namespace sluice::gateway
