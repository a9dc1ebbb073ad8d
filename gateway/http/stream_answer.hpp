#pragma once

#include "gateway/http/request_scope.hpp"
#include "gateway/http/stream_response.hpp"
#include "upstream/generation.hpp"

#include <string>
#include <string_view>

/// What beginning a stream and joining one have in common.
namespace sluice::gateway {

stream_response::settings response_settings(const request_scope& scope);

/// The head of an event stream; `id` is empty where the stream has no name that clients may use.
std::string stream_head(
    const request_scope& scope,
    const std::string& id,
    const upstream::header_list& more,
    bool keep_alive
);

/// The access log's word for a response that ended so; `generated` is how the stream itself ended.
std::string_view outcome_word(stream_response::end end, upstream::outcome generated);

}  // namespace sluice::gateway
