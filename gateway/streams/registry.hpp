#pragma once

#include "gateway/streams/mirror.hpp"
#include "gateway/streams/peers.hpp"
#include "gateway/streams/stream.hpp"
#include "gateway/telemetry/counters.hpp"
#include "sse/journal.hpp"
#include "upstream/alarm.hpp"
#include "upstream/routing/upstreams.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sluice::gateway {

class subscription;

/// Looked at ten times a second while it is registered: what is due by the clock but needs no timer
/// of its own (heartbeats, stalls).
class ticked {
 public:
    virtual void on_tick(std::chrono::steady_clock::time_point now) = 0;

 protected:
    ~ticked() = default;
};

/// All streams of one worker, their turns, and the mirrors of other workers' streams.
///
/// The owner of every stream: nothing else destroys one, and none is destroyed within a call that
/// came from it. Lives on its worker; peers reach it by message only.
class registry {
 public:
    registry(
        boost::asio::io_context& context,
        unsigned worker,
        upstream::upstreams& upstreams,
        stream_settings settings,
        counters& counters
    );
    ~registry();
    registry(const registry&) = delete;
    registry& operator=(const registry&) = delete;

    void know_peers(const peers& peers) { peers_ = &peers; }

    /// Begins a stream; its id is made here.
    stream& open(stream_plan plan);

    /// Calls back with the stream or its mirror, or null if there is none. At once for a stream of
    /// this worker, later for another's; the callback must attach before it returns, or let go.
    void find(const std::string& id, std::function<void(publication*)> found);

    /// Ends a stream on whichever worker it lives. Calls back whether there was such a stream that
    /// `key_id` may stop.
    void stop(const std::string& id, const std::string& key_id, std::function<void(bool)> stopped);

    /// Ends all live streams of this worker.
    void stop_all(upstream::outcome outcome, const std::string& message);

    /// Streams that are still being generated or still being read.
    std::size_t live() const;
    /// Streams of this worker that have not ended.
    std::size_t generating() const;

    /// Calls back soon, but some at a time with a look at the sockets in between: what can wait for
    /// what clients and providers are doing. When a thousand clients leave at once, their providers
    /// are told before anything is cleared away.
    void later(std::function<void()> callback);

    void add(ticked& member);
    void remove(ticked& member) { ticked_.erase(&member); }

    // For streams.
    boost::asio::io_context& context() { return context_; }
    upstream::upstreams& upstreams() { return upstreams_; }
    sse::journal::pool& segments() { return segments_; }
    void ready(stream& stream);
    void settled(stream& stream);
    /// The last reader of an ended stream has left.
    void unread(stream& stream);
    void watch_abandoned() { arm_ticks(); }

    // For peers, by message.
    void subscribe(const std::string& id, const subscriber& from);
    void unsubscribe(const std::string& id, const subscriber& from);
    void progress(const std::string& id, const subscriber& from, std::uint64_t offset);
    void update_mirror(const std::string& id, const mirror_update& update);
    /// Sends to a mirror on another worker.
    void tell(const subscriber& to, const std::string& id, mirror_update update) const;
    /// Forgets all streams and mirrors, none of which is read any more, and stops the clock.
    void shut_down();

 private:
    using clock = std::chrono::steady_clock;
    struct mirror_entry {
        std::uint64_t number = 0;  ///< tells this subscription's answers from an earlier one's
        std::unique_ptr<gateway::mirror> mirror;  ///< null until the owner has answered
        std::vector<std::function<void(publication*)>> waiting;
    };

    void turn();
    void run_postponed();
    stream* joinable(const std::string& id);
    void condemn(stream& stream);
    void destroy(const std::string& id);
    void arm_ticks();
    void tick();
    void expire(clock::time_point now);
    void evict();
    void drop_mirror(const std::string& id);
    bool stop_here(const std::string& id, const std::string& key_id);

    boost::asio::io_context& context_;
    unsigned worker_;
    upstream::upstreams& upstreams_;
    stream_settings settings_;
    counters& counters_;
    const peers* peers_ = nullptr;
    std::uint64_t subscriptions_made_ = 0;
    sse::journal::pool segments_;
    upstream::alarm ticks_;
    bool ticking_ = false;
    bool turn_due_ = false;
    std::vector<stream*> ready_;
    std::vector<stream*> turning_;
    std::vector<stream*> condemned_;
    std::deque<std::function<void()>> postponed_;
    bool postponed_due_ = false;
    std::deque<std::string> retained_;  ///< ended streams that are held, oldest first
    std::unordered_set<ticked*> ticked_;
    std::vector<ticked*> ticking_members_;
    std::unordered_map<std::string, std::unique_ptr<stream>> streams_;
    std::unordered_map<std::string, std::unique_ptr<subscription>> subscriptions_;
    std::unordered_map<std::string, mirror_entry> mirrors_;
};

}  // namespace sluice::gateway
