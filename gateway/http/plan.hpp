#pragma once

#include "gateway/dialects/dialect.hpp"
#include "gateway/http/request_scope.hpp"
#include "gateway/streams/stream.hpp"

#include <boost/system/result.hpp>

namespace sluice::gateway {

/// The stream that a request is to begin, or why it is not: routing, policies, and what the request
/// itself wishes. `decoded` is decoded further where the target needs it; its call goes into the
/// plan last, by the caller.
boost::system::result<stream_plan, upstream::failure> make_plan(
    request_scope& scope, const dialect& dialect, decoded_request& decoded
);

}  // namespace sluice::gateway
