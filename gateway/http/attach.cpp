#include "gateway/http/attach.hpp"

#include "gateway/dialects/json_text.hpp"
#include "gateway/http/authorize.hpp"
#include "gateway/http/body_input.hpp"
#include "gateway/http/long_poll.hpp"
#include "gateway/http/record_stream.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/stream_answer.hpp"
#include "gateway/http/stream_response.hpp"

#include <cstdint>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;

/// What of a stream somebody wants.
struct wish {
    std::optional<std::uint64_t> last;  ///< what comes behind this frame; nothing: all
    bool unseen = false;                ///< or nothing at all, see answer_unseen
};

attach_decision decide(const publication& stream, const asker& who, const wish& wanted) {
    auto decision = decide_attach(stream, who, wanted.last);
    const bool nothing = decision.status == 410 || (stream.ended() && stream.end_seen());
    if (wanted.unseen && nothing) decision.status = 204;
    return decision;
}

asio::awaitable<bool> attach(request_scope& scope, std::string id, wish wanted) {
    auto& streams = scope.worker.streams();
    stream_response response{
        scope.client, streams, scope.worker.counters(), response_settings(scope)};
    wakeup answered{scope.worker.context()};
    attach_decision decision;
    publication* joined = nullptr;
    if (wanted.unseen) decision.status = 204;
    streams.find(id, wanted.last ? *wanted.last + 1 : 0, [&](publication* found) {
        if (found) decision = decide(*found, scope.who, wanted);
        if (decision.status == 200) response.attach(*(joined = found), decision.sequence);
        answered.notify();
    });
    co_await answered.wait();
    if (!joined) {
        response.stop_watching();
        co_return co_await respond_unattached(scope, decision);
    }
    joined->note_start_delivered();
    const bool keep = keeps_alive_behind(scope, joined->identity());
    response.begin(stream_head(scope, joined->identity(), {}, keep));
    forget_headers(scope);
    scope.record.status = 200;
    scope.record.model = header_text(joined->identity().names.route);
    const auto end = co_await response.until_over();
    if (response.client_gone()) scope.client.close();
    record_end(scope, *joined, end);
    const bool complete = end == stream_response::end::complete;
    co_return keep&& complete;
}

}  // namespace

asio::awaitable<bool> respond_unattached(request_scope& scope, attach_decision decision) {
    http_response response;
    response.status = decision.status;
    if (decision.status == 204) co_return co_await respond(scope, std::move(response));
    response.body = scope.dialect->error_body(refuse_attach(decision));
    if (decision.status == 410) {
        auto body = nlohmann::ordered_json::parse(response.body);
        body["first"] = decision.first;
        body["head"] = decision.head;
        response.body = dump_json(body);
    }
    scope.record.outcome = "rejected";
    co_return co_await respond(scope, std::move(response));
}

// Not coroutines themselves: their frames would stand as long as the stream lasts.

asio::awaitable<bool> answer_attach(request_scope& scope, const std::string& id) {
    scope.record.stream = short_hash(id);
    if (auto refused = require_reader(scope, id)) return respond_error(scope, std::move(*refused));
    auto position = asked_position(scope.request);
    if (!position) return respond_error(scope, std::move(position).error());
    std::optional<std::uint64_t> last;
    if (*position) {
        const bool foreign = !(*position)->id.empty() && (*position)->id != id;
        if (foreign) {
            return respond_error(
                scope,
                refusal(400, "invalid_request_error", "the last event id is another stream's")
            );
        }
        last = (*position)->sequence;
    }
    if (wants_document(scope.request)) return answer_long_poll(scope, id, last);
    return attach(scope, id, {last});
}

asio::awaitable<bool> answer_resume(request_scope& scope, stream_position position) {
    scope.record.stream = short_hash(position.id);
    if (position.id.empty()) {
        return respond_error(
            scope, refusal(400, "invalid_request_error", "the last event id names no stream")
        );
    }
    if (auto refused = require_reader(scope, position.id))
        return respond_error(scope, std::move(*refused));
    return attach(scope, std::move(position.id), {position.sequence});
}

asio::awaitable<bool> answer_unseen(request_scope& scope, const std::string& id) {
    scope.record.stream = short_hash(id);
    return attach(scope, id, {std::nullopt, true});
}

asio::awaitable<bool> answer_stop(request_scope& scope, const std::string& id) {
    scope.record.stream = short_hash(id);
    auto refused = require_stopper(scope, id);
    if (refused) co_return co_await respond_error(scope, std::move(*refused));
    wakeup answered{scope.worker.context()};
    bool stopped = false;
    scope.worker.streams().stop(id, scope.who, [&](bool done) {
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
