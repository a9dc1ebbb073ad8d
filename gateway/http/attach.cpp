#include "gateway/dialects/json_text.hpp"
#include "gateway/http/body_input.hpp"
#include "gateway/http/generate.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/stream_answer.hpp"
#include "gateway/http/stream_response.hpp"
#include "gateway/streams/stream_id.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

struct attach_decision {
    int status = 404;
    std::uint64_t sequence = 0;  ///< the frame to begin with
    std::uint64_t first = 0;
    std::uint64_t head = 0;
};

/// What a reader that has seen `last` gets from a stream as it is now.
attach_decision decide(const publication& stream, const std::optional<std::uint64_t>& last) {
    const auto& frames = stream.frames();
    attach_decision decision;
    decision.first = frames.first_sequence();
    decision.head = frames.next_sequence() - 1;
    decision.sequence = last ? *last + 1 : 0;
    if (decision.sequence > frames.next_sequence())
        decision.status = 400;
    else if (stream.ended() && decision.sequence == frames.next_sequence())
        decision.status = 204;
    else if (decision.sequence < decision.first)
        decision.status = 410;
    else
        decision.status = 200;
    return decision;
}

asio::awaitable<bool> respond_unattached(request_scope& scope, const attach_decision& decision) {
    http_response response;
    response.status = decision.status;
    if (decision.status == 204) co_return co_await respond(scope, std::move(response));
    auto reason = refusal(404, "not_found_error", "there is no such stream (any more)");
    if (decision.status == 400) {
        reason = refusal(400, "invalid_request_error", "the position lies ahead of the stream");
    } else if (decision.status == 410) {
        reason = refusal(410, "gone", "the position has left the journal");
    }
    response.body = scope.dialect->error_body(reason);
    if (decision.status == 410) {
        auto body = nlohmann::ordered_json::parse(response.body);
        body["first"] = decision.first;
        body["head"] = decision.head;
        response.body = dump_json(body);
    }
    scope.record.outcome = "rejected";
    co_return co_await respond(scope, std::move(response));
}

asio::awaitable<bool> attach(
    request_scope& scope, const std::string& id, std::optional<std::uint64_t> last
) {
    scope.record.stream = short_hash(id);
    auto& streams = scope.worker.streams();
    stream_response response{
        scope.client, streams, scope.worker.counters(), response_settings(scope)};
    wakeup answered{scope.worker.context()};
    attach_decision decision;
    publication* joined = nullptr;
    streams.find(id, [&](publication* found) {
        if (found) decision = decide(*found, last);
        if (decision.status == 200) response.attach(*(joined = found), decision.sequence);
        answered.notify();
    });
    co_await answered.wait();
    if (!joined) {
        response.stop_watching();
        co_return co_await respond_unattached(scope, decision);
    }
    scope.record.status = 200;
    auto head = stream_head(scope, id, {}, false);
    const auto end = co_await response.run(std::move(head));
    scope.record.outcome = outcome_word(end, upstream::outcome::completed);
    co_return false;
}

/// Where the reader has been: the header before the query parameter.
boost::system::result<std::optional<stream_position>, upstream::failure> asked_position(
    const http_request& request
) {
    auto text = request.parameter("last_event_id");
    bool bare_allowed = true;
    if (const auto header = request.header("last-event-id"); header && !header->empty()) {
        text = std::string{*header};
        bare_allowed = false;
    }
    if (!text) return std::optional<stream_position>{};
    const auto position = parse_position(*text);
    if (!position || (position->id.empty() && !bare_allowed)) {
        return refusal(400, "invalid_request_error", "the last event id is malformed");
    }
    return std::optional<stream_position>{*position};
}

}  // namespace

asio::awaitable<bool> answer_native_get(request_scope& scope) {
    auto position = asked_position(scope.request);
    if (!position) {
        auto reason = std::move(position).error();
        co_return co_await respond_error(scope, std::move(reason));
    }
    if (*position) {
        // A reconnect names its stream in the position; it must never begin another.
        const auto where = **position;
        auto reason = refusal(400, "invalid_request_error", "the last event id names no stream");
        if (where.id.empty()) co_return co_await respond_error(scope, std::move(reason));
        co_return co_await attach(scope, where.id, where.sequence);
    }
    auto decoded = decode_query(scope.request);
    if (!decoded) {
        auto reason = std::move(decoded).error();
        co_return co_await respond_error(scope, std::move(reason));
    }
    co_return co_await generate(scope, native_dialect(), std::move(*decoded));
}

asio::awaitable<bool> answer_attach(request_scope& scope, const std::string& id) {
    auto position = asked_position(scope.request);
    if (!position) {
        auto reason = std::move(position).error();
        co_return co_await respond_error(scope, std::move(reason));
    }
    std::optional<std::uint64_t> last;
    if (*position) {
        auto reason =
            refusal(400, "invalid_request_error", "the last event id is another stream's");
        const bool foreign = !(*position)->id.empty() && (*position)->id != id;
        if (foreign) co_return co_await respond_error(scope, std::move(reason));
        last = (*position)->sequence;
    }
    co_return co_await attach(scope, id, last);
}

asio::awaitable<bool> answer_stop(request_scope& scope, const std::string& id) {
    scope.record.stream = short_hash(id);
    wakeup answered{scope.worker.context()};
    bool stopped = false;
    scope.worker.streams().stop(id, scope.key_id, [&](bool done) {
        stopped = done;
        answered.notify();
    });
    co_await answered.wait();
    attach_decision decision;  // of a stream that there is none of
    if (stopped) decision.status = 204;
    scope.record.outcome = stopped ? "cancelled" : "rejected";
    co_return co_await respond_unattached(scope, decision);
}

}  // namespace sluice::gateway
