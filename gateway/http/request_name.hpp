#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/http/message.hpp"
#include "gateway/store/idempotency.hpp"
#include "upstream/generation.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

/// How clients name a request, so that asking again joins what is there.
namespace sluice::gateway {

/// `Idempotency-Key`, or `?request=` of `GET /v1/stream`; nothing where there is neither. 1 to 255
/// printable characters.
boost::system::result<std::optional<std::string>, upstream::failure> request_name(
    const http_request& request
);

/// All that makes two requests the same: where they go, what they carry, whether they want a
/// stream, and whether its frames are to bear ids.
idempotency_table::digest request_digest(
    const upstream::call& call, const dialect& dialect, bool ids
);

}  // namespace sluice::gateway
