#pragma once

#include "gateway/dialects/dialect.hpp"

#include <memory>

/// The answers of the Responses API.
namespace sluice::gateway {

/// Writes events from items. Events of one response are numbered from 0 without gaps; the last one
/// holds all of the response.
std::unique_ptr<stream_encoder> make_responses_encoder(
    const upstream::call& call, const stream_names& names
);

/// Passes a provider's own events on, and adds only what the gateway has to say.
std::unique_ptr<stream_encoder> make_responses_relay(
    const upstream::call& call, const stream_names& names
);

std::unique_ptr<document_builder> make_responses_document(
    const upstream::call& call, const stream_names& names
);
std::unique_ptr<document_builder> make_responses_document_relay();

}  // namespace sluice::gateway
