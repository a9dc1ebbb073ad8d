#pragma once

#include "gateway/dialects/dialect.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>

/// The answers of Anthropic's Messages API: events, documents and errors.
namespace sluice::gateway {

/// Writes a message's events from items.
std::unique_ptr<stream_encoder> make_anthropic_encoder(const stream_names& names);

/// Passes a provider's own events on, and adds only what the gateway has to say: errors,
/// heartbeats.
std::unique_ptr<stream_encoder> make_anthropic_relay(const stream_names& names);

std::unique_ptr<document_builder> make_anthropic_document(const stream_names& names);
/// `{"input_tokens": N}`
std::unique_ptr<document_builder> make_anthropic_count();
std::unique_ptr<document_builder> make_anthropic_document_relay();

/// `{"type": "error", "error": {type, message}, "request_id"}`
std::string anthropic_error(const upstream::failure& failure);
/// The same as an event.
std::string anthropic_error_event(const upstream::failure& failure);

/// Usage in the words of the Messages API, which counts what comes from the cache and what goes
/// there apart from the other input. What is not known is zero, as clients expect the fields.
nlohmann::ordered_json anthropic_usage_object(const upstream::usage& usage);

/// `stop_reason`; `native`: the provider's own word, which tells more where it is one of this API.
std::string_view anthropic_stop_reason(
    upstream::finish_reason reason, std::string_view native, std::string_view stop_sequence
);

}  // namespace sluice::gateway
