#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/http/message.hpp"

#include <boost/system/result.hpp>

#include <map>
#include <optional>
#include <string>

/// What HTTP requests say, on their way into a dialect. Pure.
namespace sluice::gateway {

/// Decodes a JSON body, which is taken out of the request: a long prompt is held once. A type that
/// cannot be JSON is 415; a missing, text or form type without an Origin is read as JSON, so that a
/// plain `curl -d` works, and a body that is none then says which header to send.
boost::system::result<decoded_request, upstream::failure> decode_body(
    http_request& request, const dialect& dialect, const said_in_path& path = {}
);

/// `GET /v1/stream?prompt=...&model=...`: the same request as query parameters.
boost::system::result<decoded_request, upstream::failure> decode_query(const http_request& request);

/// `Accept: application/json` alone asks for one document.
bool wants_document(const http_request& request);

/// `?detach=` of a POST: to begin the stream without reading it. Nothing where it says neither.
std::optional<bool> asks_to_detach(const http_request& request);

/// `X-Mock-*` headers and `mock_*` parameters by suffix: "rate", "ttft-ms".
std::map<std::string, std::string> mock_settings_of(const http_request& request);

}  // namespace sluice::gateway
