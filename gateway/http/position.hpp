#pragma once

#include "gateway/http/message.hpp"
#include "gateway/streams/publication.hpp"
#include "gateway/streams/stream_id.hpp"
#include "upstream/generation.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>

/// Where in a stream a reader has been, and what it gets from there on. Pure.
namespace sluice::gateway {

/// `Last-Event-ID` before `?last_event_id=`; nothing where neither is given. A bare number goes in
/// the query only: a browser's header always names the stream. An empty value, or what scripts make
/// of a poll's null, is none.
boost::system::result<std::optional<stream_position>, upstream::failure> asked_position(
    const http_request& request
);

/// What a reader gets.
struct attach_decision {
    int status = 404;            ///< 200, 204: it has seen the end, 400: ahead, 404, or 410
    std::uint64_t sequence = 0;  ///< the frame to begin with
    std::uint64_t first = 0;     ///< the oldest that is held
    std::uint64_t head = 0;      ///< the newest
};

/// What `who` gets who has seen all up to `last` of this stream as it is now.
attach_decision decide_attach(
    const publication& stream, const asker& who, const std::optional<std::uint64_t>& last
);

/// Why it is not 200 or 204.
upstream::failure refuse_attach(const attach_decision& decision);

}  // namespace sluice::gateway
