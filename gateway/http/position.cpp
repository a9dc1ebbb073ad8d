#include "gateway/http/position.hpp"

#include "gateway/http/refusal.hpp"

#include <string>

namespace sluice::gateway {

boost::system::result<std::optional<stream_position>, upstream::failure> asked_position(
    const http_request& request
) {
    auto text = request.parameter("last_event_id");
    bool bare_allowed = true;
    if (const auto header = request.header("last-event-id"); header && !header->empty()) {
        text = std::string{*header};
        bare_allowed = false;
    }
    if (!text || text->empty() || *text == "null") return std::optional<stream_position>{};
    const auto position = parse_position(*text);
    if (!position || (position->id.empty() && !bare_allowed)) {
        auto reason = refusal(400, "invalid_request_error", "the last event id is malformed");
        reason.param = "last_event_id";
        return reason;
    }
    return std::optional<stream_position>{*position};
}

attach_decision decide_attach(
    const publication& stream, const asker& who, const std::optional<std::uint64_t>& last
) {
    attach_decision decision;
    if (!who.may(stream.identity())) return decision;
    const auto& frames = stream.frames();
    decision.first = frames.first_sequence();
    decision.head = frames.next_sequence() - 1;
    decision.sequence = last ? *last + 1 : 0;
    if (decision.sequence > frames.next_sequence())
        decision.status = 400;
    else if (stream.ended() && last && decision.sequence == frames.next_sequence())
        decision.status = 204;
    else if (decision.sequence < decision.first)
        decision.status = 410;
    else
        decision.status = 200;
    return decision;
}

upstream::failure refuse_attach(const attach_decision& decision) {
    switch (decision.status) {
        case 400:
            return refusal(400, "invalid_request_error", "the position lies ahead of the stream");
        case 410:
            return refusal(410, "gone", "the position has left the journal");
        default:
            return refusal(404, "not_found_error", "there is no such stream (any more)");
    }
}

}  // namespace sluice::gateway
