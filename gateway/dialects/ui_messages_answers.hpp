#pragma once

#include "gateway/dialects/dialect.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

/// The answers of the AI SDK's UI message stream: its parts, as `useChat` of version 5 and later
/// reads them, and the message that they add up to.
namespace sluice::gateway {

std::unique_ptr<stream_encoder> make_ui_encoder(
    const upstream::call& call, const stream_names& names
);

std::unique_ptr<document_builder> make_ui_document(const stream_names& names);

/// Whether a tool call's arguments are one JSON object. Empty ones stand for `{}`.
bool are_ui_arguments(std::string_view arguments);

/// What a message tells of how it was made: the model and the usage, in the AI SDK's names.
nlohmann::ordered_json ui_metadata(std::string_view model, const upstream::usage& usage);

/// `{"sluice": {"state": ...}}`: opaque state, for the client to bring back with its part.
nlohmann::ordered_json ui_state(const upstream::reasoning_state& state);

/// Where something in the text comes from, as a part: a `source-url`, or a `source-document` where
/// there is no URL. `number` tells it from the others of its message.
nlohmann::ordered_json ui_source(const upstream::citation_delta& citation, std::size_t number);

}  // namespace sluice::gateway
