#include "gateway/http/live_events.hpp"

#include "gateway/config/scalars.hpp"
#include "gateway/http/refusal.hpp"
#include "gateway/http/stream_answer.hpp"
#include "gateway/telemetry/live_figures.hpp"
#include "sse/writer.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace sluice::gateway {

namespace {

namespace asio = boost::asio;
using clock = connection::clock;

constexpr std::chrono::milliseconds shortest{100};
constexpr std::chrono::milliseconds longest{60'000};
constexpr std::chrono::milliseconds write_stall{10'000};
/// A drain does not wait for those who only watch.
constexpr std::chrono::milliseconds drain_look{250};
constexpr std::uint64_t retry_ms = 1000;
constexpr std::string_view last_chunk = "0\r\n\r\n";

/// Sleeps until `due`. False once the client is gone or the gateway drains.
asio::awaitable<bool> wait_until(request_scope& scope, clock::time_point due) {
    auto& client = scope.client;
    for (auto now = clock::now(); now < due; now = clock::now()) {
        if (scope.worker.state().draining) co_return false;
        const auto look = std::min(due, now + drain_look);
        const auto waited = co_await client.readable(look);
        if (!client.transport().socket().is_open()) co_return false;
        if (waited == connection::wait_result::ready && !client.take_ahead()) co_return false;
    }
    co_return true;
}

}  // namespace

asio::awaitable<bool> answer_live_events(request_scope& scope) {
    const auto text = scope.request.parameter("every").value_or("1s");
    const auto every = parse_duration(text);
    if (!every || *every < shortest || *every > longest) {
        auto reason = refusal(
            400, "invalid_request_error", "'every' must be a time of 100ms to 60s, such as 1s"
        );
        reason.param = "every";
        co_return co_await respond_error(scope, std::move(reason));
    }
    stream_identity feed;
    feed.dialect = &native_dialect();
    auto bytes = stream_head(scope, feed, {}, false);
    scope.record.status = 200;
    scope.record.outcome = "client_gone";
    live_figures figures{scope.worker.state().all_counters, clock::now()};
    auto due = clock::now();
    for (bool first = true, there = true; there; first = false) {
        std::string event;
        const auto data = figures.next(clock::now());
        if (first)
            sse::append_event(event, {.data = data, .retry_ms = retry_ms});
        else
            sse::append_event(event, {.data = data});
        if (scope.request.http10)
            bytes += event;
        else
            append_chunk(bytes, event);
        const bool sent = co_await scope.client.write_all(bytes, write_stall);
        if (!sent) co_return false;
        bytes.clear();
        due = std::max(due + *every, clock::now());
        there = co_await wait_until(scope, due);
    }
    const bool open = scope.client.transport().socket().is_open();
    if (open && !scope.request.http10) co_await scope.client.write_all(last_chunk, write_stall);
    co_return false;
}

}  // namespace sluice::gateway
