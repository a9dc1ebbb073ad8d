#pragma once

#include "gateway/store/store.hpp"
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
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sluice::gateway {

class subscription;

/// Looked at ten times a second while it is registered: what is due by the clock but needs no timer
/// of its own (heartbeats, stalls).
class ticked {
 public:
    virtual void on_tick(std::chrono::steady_clock::time_point now) = 0;

    std::size_t tick_place = 0;  ///< the registry's: where it stands among the others

 protected:
    ~ticked() = default;
};

/// One stream as operators see it.
struct stream_summary {
    std::string id;
    std::string model;   ///< the route's name
    std::string target;  ///< provider/model
    std::string_view dialect;
    std::string key_id;
    std::int64_t created = 0;  ///< Unix seconds
    bool detached = false;
    std::string_view outcome;  ///< empty while it goes on
    std::int64_t output_tokens = 0;
    std::size_t clients = 0;  ///< over all workers
};

/// Which streams a list is to tell of.
struct stream_wish {
    bool ended = true;       ///< those, too, that have ended and are held
    std::size_t newest = 0;  ///< at most so many of them
};

/// Streams of all workers.
struct listed_streams {
    std::vector<stream_summary> newest;  ///< the newest first
    std::size_t total = 0;               ///< of all that were asked for
    std::unordered_map<std::string, std::size_t> running_by_key;
};

/// All streams of one worker, their turns, and the mirrors of other workers' streams.
///
/// The owner of every stream: nothing else destroys one, and none is destroyed within a call that
/// came from it. Lives on its worker; peers reach it by message only.
class registry {
 public:
    using clock = std::chrono::steady_clock;

    registry(
        boost::asio::io_context& context,
        unsigned worker,
        upstream::upstreams& upstreams,
        gateway::store& store,
        stream_settings settings,
        counters& counters
    );
    ~registry();
    registry(const registry&) = delete;
    registry& operator=(const registry&) = delete;

    void know_peers(const peers& peers) { peers_ = &peers; }
    /// Makes spans of the streams that have a trace. Outlives them; null: nobody does.
    void trace_with(generation_tracer* tracer) { tracer_ = tracer; }
    /// Other bounds and lifetimes count from now on; streams that have begun keep theirs.
    void adopt(const stream_settings& settings) { settings_ = settings; }

    /// Begins a stream; its id is made here. The store knows it by the names in its plan: that of
    /// the conversation as long as it is there, that of the request as long as it answers it.
    stream& open(stream_plan plan);

    using found_listener = std::function<void(publication*)>;
    /// Calls back with the stream or its mirror, or null if there is none that was told of. At once
    /// for a stream of this worker, later for another's; the callback must attach before it
    /// returns, or let go. What comes before frame `next` was seen elsewhere: a mirror that has not
    /// yet heard of it catches up first.
    void find(const std::string& id, std::uint64_t next, const found_listener& found);
    /// The same for who learned of the stream by the name of its request: it may not yet be
    /// decided what the answer will be.
    void join(const std::string& id, found_listener found);

    /// A reader of that stream polls it, on whichever worker it lives.
    void note_polled(const std::string& id);
    /// That stream, on whichever worker it lives, is to go on without readers.
    void note_detached(const std::string& id);

    /// Ends a stream on whichever worker it lives. Calls back whether there was such a stream that
    /// `who` may stop.
    void stop(const std::string& id, const asker& who, std::function<void(bool)> stopped);

    /// Calls back with the streams of all workers that go on, or are held if those are wished for.
    void list(const stream_wish& wish, std::function<void(listed_streams)> listed);

    /// Drops half of the history that is held, the oldest first: of what nobody reads, and what
    /// readers have taken. Nobody loses what he is yet to take.
    void relieve() { drop_history(held() / 2); }
    /// Whether all streams together hold more than they may.
    bool over_bound() const { return held() > bound(); }
    /// The history of all streams is bounded by this, however much is configured.
    void bound_history(std::size_t bytes_max) { history_max_ = bytes_max; }

    /// Ends all live streams of this worker.
    void stop_all(upstream::outcome outcome, const std::string& message);

    /// Streams that are still being generated or still being read.
    std::size_t live() const;
    /// Whether a reader that has lost its connection may still come for what has just ended.
    bool awaited() const;
    /// Streams of this worker that have not ended.
    std::size_t generating() const;

    /// Calls back soon, but some at a time with a look at the sockets in between: what can wait for
    /// what clients and providers are doing. When a thousand clients leave at once, their providers
    /// are told before anything is cleared away.
    void later(std::function<void()> callback);

    void add(ticked& member);
    void remove(ticked& member);

    // For streams.
    boost::asio::io_context& context() { return context_; }
    upstream::upstreams& upstreams() { return upstreams_; }
    sse::journal::pool& segments() { return segments_; }
    void ready(stream& stream);
    void settled(stream& stream);
    /// The last reader of an ended stream has left.
    void unread(stream& stream);
    /// The registry looks at the clock for a stream without readers.
    void watch_abandoned(stream& stream);
    void note_content(std::int64_t items) {
        counters_.content_items.add(items);
        if (items > 1) counters_.coalesced_items.add(items - 1);
    }
    stream_series& series_of(const stream_labels& labels) {
        return counters_.streams.series_of(labels);
    }
    /// When the news came that this turn is about.
    clock::time_point turn_began() const { return turn_began_; }
    void note_added_first(clock::duration time) { counters_.added_first.observe(in_ns(time)); }
    void note_added_event(clock::duration time) { counters_.added_event.observe(in_ns(time)); }
    void note_paused(std::chrono::microseconds time) { counters_.paused_us.add(time.count()); }

    // For peers, by message.
    void subscribe(const std::string& id, const subscriber& from);
    void unsubscribe(const std::string& id, const subscriber& from);
    void progress(const std::string& id, const subscriber& from, std::uint64_t offset);
    void update_mirror(const std::string& id, const mirror_update& update);
    /// Sends to a mirror on another worker.
    void tell(const subscriber& to, const std::string& id, mirror_update update) const;
    listed_streams listed_here(const stream_wish& wish) const;
    std::vector<std::pair<std::string, std::size_t>> mirrored_clients() const;
    /// Forgets all streams and mirrors, none of which is read any more, and stops the clock.
    void shut_down();

 private:
    struct mirror_entry {
        std::uint64_t number = 0;  ///< tells this subscription's answers from an earlier one's
        std::unique_ptr<gateway::mirror> mirror;  ///< null until the owner has answered
        std::vector<found_listener> waiting;
    };
    struct gathered_list;

    static std::int64_t in_ns(clock::duration time) {
        return std::chrono::nanoseconds(time).count();
    }

    void turn();
    void tell_of(const stream& ended);
    void run_postponed();
    stream* kept_here(const std::string& id);
    void condemn(stream& stream);
    void destroy(const std::string& id);
    void arm_ticks();
    void tick();
    void expire(clock::time_point now);
    std::size_t held() const;
    std::size_t bound() const;
    void keep_bound();
    void evict();
    bool drop_history(std::size_t bound);
    void reach(const std::string& id, found_listener found);
    std::vector<mirror*> all_mirrors() const;
    void replace_forgetful_mirror(const std::string& id, std::uint64_t next);
    void drop_mirror(const std::string& id, std::uint64_t number);
    bool stop_here(const std::string& id, const asker& who);
    void note(const std::string& id, void (stream::*what)());
    void name(const stream& stream);
    void release_name(const stream& stream);
    void forget_names(const stream& stream);

    boost::asio::io_context& context_;
    unsigned worker_;
    upstream::upstreams& upstreams_;
    gateway::store& store_;
    stream_settings settings_;
    counters& counters_;
    generation_tracer* tracer_ = nullptr;
    clock::time_point news_since_{};
    clock::time_point turn_began_{};
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
    std::deque<std::string> retained_;       ///< ended streams that are held, oldest first
    std::size_t documents_held_ = 0;         ///< bytes of their documents
    std::unordered_set<stream*> abandoned_;  ///< that have no readers, or had none lately
    std::size_t history_max_ = SIZE_MAX;
    bool evicted_in_vain_ = false;  ///< since the last tick
    std::vector<ticked*> ticked_;
    std::unordered_map<std::string, std::unique_ptr<stream>> streams_;
    std::unordered_map<std::string, std::unique_ptr<subscription>> subscriptions_;
    std::unordered_map<std::string, mirror_entry> mirrors_;
    std::unordered_map<std::uint64_t, std::unique_ptr<mirror>>
        old_mirrors_;  ///< replaced, still read
};

}  // namespace sluice::gateway
