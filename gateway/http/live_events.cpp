#include "gateway/http/live_events.hpp"

#include "gateway/config/scalars.hpp"
#include "gateway/http/live_feeds.hpp"
#include "gateway/http/live_sections.hpp"
#include "gateway/http/memory_watch.hpp"
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
/// Where sections are included.
constexpr std::chrono::milliseconds shortest_with_sections{250};
static_assert(shortest_with_sections > brief_text::good_for);
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

upstream::failure refuse_parameter(std::string_view name, std::string message) {
    auto reason = refusal(400, "invalid_request_error", std::move(message));
    reason.param = name;
    return reason;
}

upstream::failure refuse_every(bool sections) {
    return refuse_parameter(
        "every",
        sections ? "'every' must be a time of 250ms to 60s where 'include' is given, such as 1s"
                 : "'every' must be a time of 100ms to 60s, such as 1s"
    );
}

upstream::failure refuse_feed() {
    auto reason = refusal(
        503,
        "overloaded_error",
        "there are " + std::to_string(live_feeds::feeds_max) +
            " live feeds already, as many as one worker serves"
    );
    reason.outcome = upstream::outcome::shed;
    reason.retryable = true;
    reason.retry_after = std::string{"1"};  // GCC 12 takes a plain text for one without end
    return reason;
}

/// One feed of the worker's, for as long as it is open.
class open_feed {
 public:
    explicit open_feed(live_feeds& feeds) : feeds_(feeds) { ++feeds_.open; }
    ~open_feed() { --feeds_.open; }
    open_feed(const open_feed&) = delete;
    open_feed& operator=(const open_feed&) = delete;

 private:
    live_feeds& feeds_;
};

/// An operator's feed ends when he is none any more.
bool may_go_on(const request_scope& scope) {
    const auto& serving = *scope.worker.serving();
    if (!scope.key) return serving.keys.empty();
    const auto* key = serving.keys.named(scope.key->id);
    const bool same = key && key->sha256 == scope.key->sha256;
    const bool expired = same && key->expires && *key->expires <= std::chrono::system_clock::now();
    return same && !expired && key->role == key_role::operator_;
}

/// One who watches, and what it is told.
class watcher {
 public:
    watcher(request_scope& scope, live_sections wanted)
        : scope_(scope), wanted_(wanted), figures_(state().all_counters) {}

    /// The events of one tick, which was due then, framed.
    asio::awaitable<std::string> tick(clock::time_point due);

 private:
    gateway_state& state() const { return scope_.worker.state(); }
    process_figures process(clock::time_point now, clock::time_point due) const;
    std::string frame(std::string_view data);

    request_scope& scope_;
    live_sections wanted_;
    live_figures figures_;
    memory_watch memory_{memory_ceiling{}};
    bool first_ = true;
};

process_figures watcher::process(clock::time_point now, clock::time_point due) const {
    process_figures told;
    told.time = std::chrono::system_clock::now();
    told.uptime = std::chrono::duration_cast<std::chrono::seconds>(now - state().started);
    told.memory_bytes = static_cast<std::int64_t>(memory_.used().value_or(0));
    told.late = now - due;
    told.draining = state().draining;
    told.histograms = scope_.worker.serving()->settings->telemetry.histograms;
    return told;
}

std::string watcher::frame(std::string_view data) {
    sse::event event{.data = data};
    if (std::exchange(first_, false)) event.retry_ms = retry_ms;
    std::string framed;
    sse::append_event(framed, event);
    return framed;
}

asio::awaitable<std::string> watcher::tick(clock::time_point due) {
    const auto now = clock::now();
    auto events = frame(figures_.next(now, process(now, due)));
    const auto more = co_await section_events(scope_.worker, scope_.worker.serving(), wanted_);
    for (const auto& data : more)
        events += frame(data);
    co_return events;
}

}  // namespace

asio::awaitable<bool> answer_live_events(request_scope& scope) {
    const auto wanted = read_sections(scope.request.parameter("include").value_or(""));
    if (!wanted) {
        auto reason = refuse_parameter(
            "include", "'include' takes targets, keys and streams, not '" + wanted.error() + "'"
        );
        co_return co_await respond_error(scope, std::move(reason));
    }
    const auto every = parse_duration(scope.request.parameter("every").value_or("1s"));
    const auto least = wanted->any() ? shortest_with_sections : shortest;
    if (!every || *every < least || *every > longest)
        co_return co_await respond_error(scope, refuse_every(wanted->any()));
    auto& feeds = scope.worker.feeds();
    if (feeds.open >= live_feeds::feeds_max) co_return co_await respond_error(scope, refuse_feed());
    const open_feed counted_in{feeds};
    stream_identity feed;
    feed.dialect = &native_dialect();
    auto bytes = stream_head(scope, feed, {}, false);
    scope.record.status = 200;
    scope.record.outcome = "client_gone";
    watcher one{scope, *wanted};
    auto due = clock::now();
    for (bool there = true; there;) {
        const auto events = co_await one.tick(due);
        if (scope.request.http10)
            bytes += events;
        else
            append_chunk(bytes, events);
        const bool sent = co_await scope.client.write_all(bytes, write_stall);
        if (!sent) co_return false;
        bytes.clear();
        due = std::max(due + *every, clock::now());
        there = co_await wait_until(scope, due);
        there = there && may_go_on(scope);
    }
    const bool open = scope.client.transport().socket().is_open();
    if (open && !scope.request.http10) co_await scope.client.write_all(last_chunk, write_stall);
    co_return false;
}

}  // namespace sluice::gateway
