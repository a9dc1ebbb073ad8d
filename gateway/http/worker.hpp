#pragma once

#include "gateway/admission/ledger/ledger.hpp"
#include "gateway/admission/limit_refusals.hpp"
#include "gateway/http/listener_role.hpp"
#include "gateway/http/live_feeds.hpp"
#include "gateway/http/loop_lag.hpp"
#include "gateway/http/pressure.hpp"
#include "gateway/http/reload.hpp"
#include "gateway/http/snapshot.hpp"
#include "gateway/store/limit_table.hpp"
#include "gateway/store/local_store.hpp"
#include "gateway/streams/peers.hpp"
#include "gateway/streams/registry.hpp"
#include "gateway/telemetry/counters.hpp"
#include "gateway/telemetry/traces/export/span_exporter.hpp"
#include "upstream/alarm.hpp"
#include "upstream/routing/upstreams.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

namespace sluice::gateway {

class session;

/// The models that a provider listed, and when it was asked.
struct listed_models {
    std::chrono::steady_clock::time_point at;
    std::vector<std::string> ids;
};

/// What all workers share. What is neither atomic nor guards itself is set before they run.
struct gateway_state {
    std::shared_ptr<upstream::recording_folder> recordings;  ///< null: nothing is recorded
    std::vector<const counters*> all_counters;
    /// Clients at once, and streams that run: what is configured, and half of the descriptors at
    /// most; upstream connections need the other half. A reload may change it.
    std::atomic<std::size_t> connections_max{0};
    std::atomic<bool> draining{false};        ///< nothing new is generated from now on
    gateway::pressure pressure;               ///< how near all of it is to what it can bear
    limit_table limits;                       ///< what keys and models have used
    limit_refusals refusals;                  ///< of requests, by limit
    std::unique_ptr<gateway::ledger> ledger;  ///< null: none is kept
    reload_figures reloads;
    std::chrono::steady_clock::time_point started = std::chrono::steady_clock::now();
    export_notices trace_news;
};

/// One core's share of the gateway: its event loop, listeners, sessions and streams.
/// Everything in it is used by its own thread only, but for what `post`s to its context.
class worker {
 public:
    worker(gateway_state& state, std::shared_ptr<const snapshot> serving, unsigned index);
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    /// What requests that begin now are answered by. Who needs it longer than a call keeps a share.
    const std::shared_ptr<const snapshot>& serving() const { return serving_; }
    /// Another configuration counts from now on; what has begun keeps its own.
    void serve_by(std::shared_ptr<const snapshot> next);

    /// How long the spans that wait at the end may take to be sent.
    static constexpr std::chrono::seconds last_export_time{2};

    /// Accepts on a socket that is bound and listens already.
    void accept_on(boost::asio::ip::tcp::acceptor acceptor, listener_role role);

    /// Closes connections that are between requests; the others go on.
    void begin_drain();
    /// What a drain waits for: requests being answered and generations that go on. `streams` are
    /// the latter alone.
    struct load {
        std::size_t busy = 0;
        std::size_t streams = 0;
    };
    load busy() const;
    /// Ends every stream in its dialect's own words.
    void end_streams();
    /// Closes the listeners and every connection, and sends the spans that wait, so that the loop
    /// runs out of work.
    void close_all();

    boost::asio::io_context& context() { return context_; }
    registry& streams() { return streams_; }
    local_store& store() { return store_; }
    gateway_state& state() { return state_; }
    gateway::counters& counters() { return counters_; }
    upstream::upstreams& upstreams() { return upstreams_; }
    generation_tracer& tracer() { return tracer_; }
    loop_lag& lag() { return lag_; }
    live_feeds& feeds() { return feeds_; }
    /// Drops history that nobody reads, for want of memory.
    void relieve() { streams_.relieve(); }
    /// What providers listed, by their names; see model_list.hpp.
    std::map<std::string, listed_models>& listed() { return listed_; }

    // For sessions.
    void add(session& session) { sessions_.insert(&session); }
    void remove(session& session);
    std::size_t answering = 0;  ///< requests being answered

 private:
    struct listener;

    void accept(listener& on);
    void accept_waiting(listener& on);
    void pause_accepting(listener& on);
    bool full(const listener& on) const;
    void leave_when_empty();

    gateway_state& state_;
    std::shared_ptr<const snapshot> serving_;
    boost::asio::io_context context_{1};
    gateway::counters counters_;
    upstream::upstreams upstreams_;
    span_exporter tracer_;
    local_store store_;
    registry streams_;
    std::vector<std::unique_ptr<listener>> listeners_;
    std::unordered_set<session*> sessions_;
    std::map<std::string, listed_models> listed_;
    bool closing_ = false;
    upstream::alarm leaving_;
    loop_lag lag_{context_, counters_};
    live_feeds feeds_{context_};
};

}  // namespace sluice::gateway
