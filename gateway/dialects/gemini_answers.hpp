#pragma once

#include "gateway/dialects/dialect.hpp"

#include <memory>
#include <string>
#include <string_view>

/// The answers of Gemini: streams of GenerateContentResponses, documents and errors.
namespace sluice::gateway {

/// How a stream's responses are told apart.
enum class gemini_form {
    events,  ///< `alt=sse`
    array,   ///< the elements of one JSON array
};

/// Writes responses from items.
std::unique_ptr<stream_encoder> make_gemini_encoder(const stream_names& names, gemini_form form);

/// Passes a provider's own responses on, and adds only what the gateway has to say.
std::unique_ptr<stream_encoder> make_gemini_relay(const stream_names& names, gemini_form form);

std::unique_ptr<document_builder> make_gemini_document(const stream_names& names);
std::unique_ptr<document_builder> make_gemini_document_relay();

/// `{"error": {code, message, status, details}}`. `reason` is the word for programs; may be empty.
std::string gemini_error(const upstream::failure& failure, std::string_view reason);

}  // namespace sluice::gateway
