#pragma once

#include "gateway/dialects/dialect.hpp"

#include <memory>
#include <string>
#include <string_view>

/// The answers of OpenAI's chat completions: chunks, documents and errors.
namespace sluice::gateway {

struct chat_form {
    bool want_usage = false;  ///< a last chunk with `choices: []` tells the usage
    /// The client knows no tools but the older functions: its answer has one `function_call`.
    bool functions = false;
};

/// Writes chunks from items.
std::unique_ptr<stream_encoder> make_chat_encoder(const stream_names& names, const chat_form& form);

/// Passes a provider's own chunks on, and adds only what the gateway has to say: errors,
/// heartbeats.
std::unique_ptr<stream_encoder> make_chat_relay(const stream_names& names);

std::unique_ptr<document_builder> make_chat_document(
    const stream_names& names, const chat_form& form
);
/// Passes a provider's own document on.
std::unique_ptr<document_builder> make_chat_document_relay();

/// `{"error": {message, type, param, code}}`; an empty code is null.
std::string chat_error(const upstream::failure& failure, std::string_view code);

}  // namespace sluice::gateway
