#pragma once

#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::gateway {

/// One long poll of a stream, for clients that cannot read event streams: waits until there is an
/// event behind `last`, or the end, at most `?wait=` (25 s, of 60 s at most), and answers
/// `{"events": [{"seq", "event", "data"}], "next": N, "done": bool}`. `next` is the last event
/// seen, to be sent as `last_event_id` with the next poll; null if there was none yet. One answer
/// holds 128 KiB of events; the next poll brings the rest.
boost::asio::awaitable<bool> answer_long_poll(
    request_scope& scope, std::string id, std::optional<std::uint64_t> last
);

}  // namespace sluice::gateway
