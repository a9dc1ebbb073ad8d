#include "gateway/streams/registry.hpp"

#include "gateway/streams/stream_id.hpp"
#include "gateway/streams/subscription.hpp"
#include "gateway/telemetry/access_log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::chrono::milliseconds tick_interval{100};
/// Some 30 us each; one look at the sockets brings up to 128 events.
constexpr std::size_t postponed_at_once = 8;

std::string subscription_key(const std::string& id, const subscriber& from) {
    return id + "@" + std::to_string(from.worker) + "." + std::to_string(from.number);
}

}  // namespace

registry::registry(
    boost::asio::io_context& context,
    unsigned worker,
    upstream::upstreams& upstreams,
    stream_settings settings,
    counters& counters
)
    : context_(context),
      worker_(worker),
      upstreams_(upstreams),
      settings_(settings),
      counters_(counters),
      ticks_(context) {
    upstreams_.transfers().when_told([this] { turn(); });
}

registry::~registry() {
    subscriptions_.clear();
    mirrors_.clear();
}

stream& registry::open(stream_plan plan) {
    plan.names.id = make_stream_id(worker_);
    const auto id = plan.names.id;
    auto made = std::make_unique<stream>(*this, std::move(plan));
    auto& opened = *made;
    streams_.emplace(id, std::move(made));
    counters_.streams_live.add(1);
    opened.begin();
    return opened;
}

// ---- turns ----

void registry::ready(stream& stream) {
    if (!stream.queued) ready_.push_back(&stream);
    stream.queued = true;
    // While transfers tell their news, the turn follows by itself: a handler of its own would cost
    // another look at the event loop's sockets.
    if (turn_due_ || upstreams_.transfers().telling()) return;
    turn_due_ = true;
    boost::asio::post(context_, [this] {
        turn_due_ = false;
        turn();
    });
}

void registry::turn() {
    turning_.swap(ready_);
    for (auto* stream : turning_) {
        stream->queued = false;
        try {
            stream->pump();
        } catch (const std::exception& error) {
            log_event(log_level::error, "stream failed", error.what());
            stream->stop(
                upstream::outcome::upstream_error, "the gateway failed to relay the answer"
            );
        }
    }
    turning_.clear();
}

void registry::later(std::function<void()> callback) {
    postponed_.push_back(std::move(callback));
    if (std::exchange(postponed_due_, true)) return;
    boost::asio::post(context_, [this] { run_postponed(); });
}

void registry::run_postponed() {
    for (std::size_t left = postponed_at_once; left > 0 && !postponed_.empty(); --left) {
        const auto callback = std::move(postponed_.front());
        postponed_.pop_front();
        callback();
    }
    postponed_due_ = !postponed_.empty();
    if (postponed_due_) boost::asio::post(context_, [this] { run_postponed(); });
}

void registry::settled(stream& stream) {
    counters_.streams_live.add(-1);
    counters_.outcomes[static_cast<std::size_t>(stream.ending().outcome)].add(1);
    counters_.output_tokens.add(stream.metered().output_tokens());
    counters_.upstream_resent.set(static_cast<std::int64_t>(upstreams_.transfers().resent()));
    counters_.input_tokens.add(stream.metered().usage().input_tokens.value_or(0));
    if (stream.joinable()) {
        retained_.push_back(stream.id());
        arm_ticks();
    } else if (!stream.has_readers()) {
        condemn(stream);
    }
}

void registry::unread(stream& stream) {
    if (!stream.joinable()) condemn(stream);
}

/// A stream ends within calls that come from it, so it is destroyed in a turn of its own.
void registry::condemn(stream& stream) {
    if (condemned_.empty()) {
        boost::asio::post(context_, [this] {
            std::vector<gateway::stream*> gone;
            gone.swap(condemned_);
            for (auto* stream : gone) {
                // Who still reads it condemns it again by leaving.
                if (!stream->has_readers()) destroy(stream->id());
            }
        });
    }
    if (std::find(condemned_.begin(), condemned_.end(), &stream) == condemned_.end()) {
        condemned_.push_back(&stream);
    }
}

/// The one way a stream dies: whoever still meant to call it forgets it first.
void registry::destroy(const std::string& id) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    std::erase(ready_, found->second.get());
    std::erase(condemned_, found->second.get());
    streams_.erase(found);
}

void registry::shut_down() {
    ticks_.cancel();
    subscriptions_.clear();
    mirrors_.clear();
    ready_.clear();
    condemned_.clear();
    retained_.clear();
    streams_.clear();
}

std::size_t registry::generating() const {
    return static_cast<std::size_t>(std::count_if(
        streams_.begin(), streams_.end(), [](const auto& one) { return !one.second->ended(); }
    ));
}

std::size_t registry::live() const {
    std::size_t count = 0;
    for (const auto& [id, stream] : streams_)
        count += !stream->ended() || stream->has_readers();
    for (const auto& [id, entry] : mirrors_)
        count += entry.mirror && entry.mirror->has_readers();
    return count;
}

// ---- readers ----

void registry::find(const std::string& id, std::function<void(publication*)> found) {
    const auto owner = worker_of(id);
    if (!owner || *owner >= peers_->count()) return found(nullptr);
    if (*owner == worker_) {
        return found(joinable(id));
    }
    auto& entry = mirrors_[id];
    if (entry.mirror) return found(entry.mirror.get());
    entry.waiting.push_back(std::move(found));
    if (entry.waiting.size() > 1) return;
    entry.number = ++subscriptions_made_;
    const subscriber from{worker_, entry.number};
    peers_->send(*owner, [id, from](registry& there) { there.subscribe(id, from); });
}

/// A stream of this worker whose id was told to somebody.
stream* registry::joinable(const std::string& id) {
    const auto found = streams_.find(id);
    return found != streams_.end() && found->second->joinable() ? found->second.get() : nullptr;
}

void registry::subscribe(const std::string& id, const subscriber& from) {
    auto* here = joinable(id);
    if (!here) {
        mirror_update nothing;
        nothing.found = false;
        return tell(from, id, std::move(nothing));
    }
    subscriptions_[subscription_key(id, from)] = std::make_unique<subscription>(*this, *here, from);
}

void registry::unsubscribe(const std::string& id, const subscriber& from) {
    subscriptions_.erase(subscription_key(id, from));
}

void registry::progress(const std::string& id, const subscriber& from, std::uint64_t offset) {
    const auto found = subscriptions_.find(subscription_key(id, from));
    if (found != subscriptions_.end()) found->second->note_progress(offset);
}

void registry::tell(const subscriber& to, const std::string& id, mirror_update update) const {
    update.number = to.number;
    peers_->send(to.worker, [id, update = std::move(update)](registry& there) {
        there.update_mirror(id, update);
    });
}

void registry::update_mirror(const std::string& id, const mirror_update& update) {
    const auto found = mirrors_.find(id);
    if (found == mirrors_.end()) return;
    auto& entry = found->second;
    if (entry.number != update.number) return;
    if (entry.mirror && update.found) return entry.mirror->apply(update);
    auto waiting = std::move(entry.waiting);
    if (!update.found) {
        mirrors_.erase(found);
        for (auto& callback : waiting)
            callback(nullptr);
        return;
    }
    const auto owner = *worker_of(id);
    const subscriber self{worker_, entry.number};
    stream_names names;
    names.id = id;
    entry.mirror = std::make_unique<mirror>(
        segments_,
        native_dialect().encoder({}, names, false),
        settings_.journal,
        update,
        [this, id, owner, self](std::uint64_t offset) {
            peers_->send(owner, [id, self, offset](registry& there) {
                there.progress(id, self, offset);
            });
        },
        [this, id] { drop_mirror(id); }
    );
    auto* opened = entry.mirror.get();
    for (auto& callback : waiting)
        callback(opened);
    if (!opened->has_readers()) drop_mirror(id);
}

/// In a turn of its own, since the mirror is what calls; unless a new reader came in between.
void registry::drop_mirror(const std::string& id) {
    boost::asio::post(context_, [this, id] {
        const auto found = mirrors_.find(id);
        if (found == mirrors_.end() || !found->second.mirror || found->second.mirror->has_readers())
            return;
        const subscriber self{worker_, found->second.number};
        mirrors_.erase(found);
        peers_->send(*worker_of(id), [id, self](registry& there) { there.unsubscribe(id, self); });
    });
}

// ---- stopping ----

void registry::stop(
    const std::string& id, const std::string& key_id, std::function<void(bool)> stopped
) {
    const auto owner = worker_of(id);
    if (!owner || *owner >= peers_->count()) return stopped(false);
    if (*owner == worker_) return stopped(stop_here(id, key_id));
    peers_->send(
        *owner,
        [id, key_id, from = worker_, stopped = std::move(stopped)](registry& there) {
            const bool done = there.stop_here(id, key_id);
            there.peers_->send(from, [done, stopped](registry&) { stopped(done); });
        }
    );
}

bool registry::stop_here(const std::string& id, const std::string& key_id) {
    auto* found = joinable(id);
    if (!found || found->plan().key_id != key_id) return false;
    found->stop(upstream::outcome::cancelled, "the stream was stopped");
    return true;
}

void registry::stop_all(upstream::outcome outcome, const std::string& message) {
    std::vector<stream*> all;
    for (const auto& [id, stream] : streams_)
        all.push_back(stream.get());
    for (auto* stream : all)
        stream->stop(outcome, message);
}

// ---- what is due by the clock ----

void registry::add(ticked& member) {
    ticked_.insert(&member);
    arm_ticks();
}

void registry::arm_ticks() {
    if (ticking_) return;
    ticking_ = true;
    ticks_.set(clock::now() + tick_interval, [this] {
        ticking_ = false;
        tick();
    });
}

void registry::tick() {
    const auto now = clock::now();
    ticking_members_.assign(ticked_.begin(), ticked_.end());
    for (auto* member : ticking_members_) {
        if (ticked_.contains(member)) member->on_tick(now);
    }
    std::vector<stream*> abandoned;
    for (const auto& [id, stream] : streams_) {
        if (!stream->ended() && !stream->has_readers()) abandoned.push_back(stream.get());
    }
    for (auto* stream : abandoned)
        stream->on_tick(now);
    expire(now);
    evict();
    if (!ticked_.empty() || !abandoned.empty() || !retained_.empty()) arm_ticks();
}

void registry::expire(clock::time_point now) {
    for (auto it = retained_.begin(); it != retained_.end();) {
        const auto found = streams_.find(*it);
        if (found != streams_.end() && !found->second->expired(now)) return;
        if (found != streams_.end() && found->second->has_readers()) {
            ++it;
            continue;
        }
        destroy(*it);
        it = retained_.erase(it);
    }
}

/// Memory before memory: the oldest finished stream goes first, one that is being read never.
void registry::evict() {
    std::size_t held = 0;
    for (const auto& [id, stream] : streams_)
        held += stream->frames().bytes_held();
    for (auto it = retained_.begin(); held > settings_.worker_journal && it != retained_.end();) {
        const auto found = streams_.find(*it);
        if (found != streams_.end() && found->second->has_readers()) {
            ++it;
            continue;
        }
        if (found != streams_.end()) {
            held -= std::min(held, found->second->frames().bytes_held());
            destroy(*it);
        }
        it = retained_.erase(it);
    }
}

}  // namespace sluice::gateway
