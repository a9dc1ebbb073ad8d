#pragma once

#include "gateway/streams/publication.hpp"
#include "gateway/telemetry/counters.hpp"

namespace sluice::gateway {

/// A client has left a stream before it had all of it. `stream`: null where it was not yet there.
/// Called before the stream hears of it, which may end it.
inline void note_disconnect(counters& to, const publication* stream) {
    auto phase = leaving_phase::before_first_token;
    if (stream && stream->has_content()) phase = leaving_phase::streaming;
    if (stream && stream->ended()) phase = leaving_phase::after_end;
    to.disconnects[static_cast<std::size_t>(phase)].add(1);
}

}  // namespace sluice::gateway
