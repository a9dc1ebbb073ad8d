#pragma once

#include "gateway/http/request_scope.hpp"
#include "gateway/http/stream_response.hpp"
#include "gateway/streams/publication.hpp"
#include "upstream/generation.hpp"

#include <string>
#include <string_view>

/// What beginning a stream and joining one have in common.
namespace sluice::gateway {

stream_response::settings response_settings(const request_scope& scope);

/// The head of an event stream. It tells the stream's id where clients may use it, and a signed URL
/// where keys are on.
std::string stream_head(
    const request_scope& scope,
    const stream_identity& stream,
    const upstream::header_list& more,
    bool keep_alive
);

/// `X-Stream-Id` and what goes with it; none where clients are not told the id.
void add_stream_headers(
    const request_scope& scope, const stream_identity& stream, upstream::header_list& headers
);

/// A signed URL of a stream that has just been begun.
std::string signed_url(const request_scope& scope, const std::string& id);

/// Whether the connection may serve another request once the stream has ended. Behind a native
/// stream it never does.
bool keeps_alive_behind(const request_scope& scope, const stream_identity& stream);

/// The access log's word for a response that ended so; `generated` is how the stream itself ended.
std::string_view outcome_word(stream_response::end end, upstream::outcome generated);

}  // namespace sluice::gateway
