#include "gateway/streams/registry.hpp"
#include "gateway/streams/stream_id.hpp"
#include "gateway/streams/subscription.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

/// What of a registry crosses workers: readers of another's streams, stopping them, and the list of
/// all.
namespace sluice::gateway {

namespace {

std::string subscription_key(const std::string& id, const subscriber& from) {
    return id + "@" + std::to_string(from.worker) + "." + std::to_string(from.number);
}

stream_summary summarize(const stream& stream) {
    stream_summary summary;
    summary.id = stream.id();
    summary.model = stream.identity().names.route;
    summary.target = stream.upstream_head().target;
    summary.dialect = stream.identity().dialect->name();
    summary.key_id = stream.identity().key_id;
    summary.created = stream.identity().names.created;
    summary.detached = stream.plan().detached;
    if (stream.ended()) summary.outcome = upstream::to_string(stream.ending().outcome);
    summary.output_tokens = stream.metered().output_tokens();
    summary.clients = stream.clients();
    return summary;
}

using age = std::pair<std::int64_t, std::string_view>;

/// The ids put streams of one second in an order that stays.
bool is_newer(const age& one, const age& other) {
    return one.first != other.first ? one.first > other.first : one.second < other.second;
}

}  // namespace

void registry::find(const std::string& id, std::uint64_t next, const found_listener& found) {
    const auto if_told = [found](publication* there) {
        found(there && there->committed() ? there : nullptr);
    };
    replace_forgetful_mirror(id, next);
    // A mirror that is there, or on its way, may not hold yet what the reader saw at the owner.
    const auto entry = mirrors_.find(id);
    const bool up_to_date =
        next == 0 || entry == mirrors_.end() ||
        (entry->second.mirror && entry->second.mirror->frames().next_sequence() >= next);
    if (up_to_date) return reach(id, if_told);
    // What the owner had sent when it is asked comes before its answer.
    peers_->send(*worker_of(id), [id, if_told, back = worker_](registry& there) {
        there.peers_->send(back, [id, if_told](registry& here) { here.reach(id, if_told); });
    });
}

/// A mirror that was cut short for want of memory cannot say what its owner still holds. It goes on
/// for the readers that it has; others get a new one.
void registry::replace_forgetful_mirror(const std::string& id, std::uint64_t next) {
    const auto found = mirrors_.find(id);
    if (found == mirrors_.end() || !found->second.mirror) return;
    const auto& mirror = *found->second.mirror;
    if (!mirror.has_forgotten() || mirror.frames().first_sequence() <= next) return;
    old_mirrors_.emplace(found->second.number, std::move(found->second.mirror));
    mirrors_.erase(found);
}

void registry::join(const std::string& id, found_listener found) {
    replace_forgetful_mirror(id, 0);
    reach(id, std::move(found));
}

void registry::reach(const std::string& id, found_listener found) {
    const auto owner = worker_of(id);
    if (!owner || *owner >= peers_->count()) return found(nullptr);
    if (*owner == worker_) return found(kept_here(id));
    auto& entry = mirrors_[id];
    if (entry.mirror) return found(entry.mirror.get());
    entry.waiting.push_back(std::move(found));
    if (entry.waiting.size() > 1) return;
    entry.number = ++subscriptions_made_;
    const subscriber from{worker_, entry.number};
    peers_->send(*owner, [id, from](registry& there) { there.subscribe(id, from); });
}

/// A stream of this worker that others than its first reader may have.
stream* registry::kept_here(const std::string& id) {
    const auto found = streams_.find(id);
    return found != streams_.end() && found->second->plan().kept ? found->second.get() : nullptr;
}

void registry::subscribe(const std::string& id, const subscriber& from) {
    auto* here = kept_here(id);
    if (!here) return tell(from, id, {});
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
    if (const auto old = old_mirrors_.find(update.number); old != old_mirrors_.end()) {
        old->second->apply(update);
        return keep_bound();
    }
    const auto found = mirrors_.find(id);
    if (found == mirrors_.end()) return;
    auto& entry = found->second;
    if (entry.number != update.number) return;
    if (entry.mirror) {
        entry.mirror->apply(update);
        return keep_bound();
    }
    auto waiting = std::move(entry.waiting);
    if (!update.identity) {
        mirrors_.erase(found);
        for (auto& callback : waiting)
            callback(nullptr);
        return;
    }
    const auto owner = *worker_of(id);
    const subscriber self{worker_, entry.number};
    entry.mirror = std::make_unique<mirror>(
        segments_,
        settings_.journal,
        update,
        [this, id, owner, self](std::uint64_t offset) {
            peers_->send(owner, [id, self, offset](registry& there) {
                there.progress(id, self, offset);
            });
        },
        [this, id, number = entry.number] { drop_mirror(id, number); }
    );
    auto* opened = entry.mirror.get();
    for (auto& callback : waiting)
        callback(opened);
    if (!opened->has_readers()) drop_mirror(id, self.number);
}

/// In a turn of its own, since the mirror is what calls; unless a new reader came in between.
void registry::drop_mirror(const std::string& id, std::uint64_t number) {
    boost::asio::post(context_, [this, id, number] {
        const auto current = mirrors_.find(id);
        const auto old = old_mirrors_.find(number);
        if (current != mirrors_.end() && current->second.number == number) {
            if (!current->second.mirror || current->second.mirror->has_readers()) return;
            mirrors_.erase(current);
        } else if (old != old_mirrors_.end() && !old->second->has_readers()) {
            old_mirrors_.erase(old);
        } else {
            return;
        }
        const subscriber self{worker_, number};
        peers_->send(*worker_of(id), [id, self](registry& there) { there.unsubscribe(id, self); });
    });
}

void registry::note_polled(const std::string& id) {
    note(id, &stream::note_polled);
}

void registry::note_detached(const std::string& id) {
    note(id, &stream::note_detached);
}

void registry::note(const std::string& id, void (stream::*what)()) {
    const auto note = [id, what](registry& there) {
        if (auto* stream = there.kept_here(id)) (stream->*what)();
    };
    const auto owner = worker_of(id);
    if (owner == worker_)
        note(*this);
    else if (owner && *owner < peers_->count())
        peers_->send(*owner, note);
}

// ---- stopping ----

void registry::stop(const std::string& id, const asker& who, std::function<void(bool)> stopped) {
    const auto owner = worker_of(id);
    if (!owner || *owner >= peers_->count()) return stopped(false);
    if (*owner == worker_) return stopped(stop_here(id, who));
    peers_->send(*owner, [id, who, from = worker_, stopped = std::move(stopped)](registry& there) {
        const bool done = there.stop_here(id, who);
        there.peers_->send(from, [done, stopped](registry&) { stopped(done); });
    });
}

bool registry::stop_here(const std::string& id, const asker& who) {
    const auto found = streams_.find(id);
    if (found == streams_.end() || !who.may(found->second->identity())) return false;
    found->second->stop(upstream::outcome::cancelled, "the stream was stopped");
    return true;
}

// ---- the list of all ----

/// What the workers have said so far; the last one to speak completes it.
struct registry::gathered_list {
    stream_wish wish;
    unsigned missing = 0;
    std::unordered_map<std::string, std::size_t> mirrored_clients;
    listed_streams streams;
    std::function<void(listed_streams)> listed;

    void add(const listed_streams& more) {
        streams.newest.insert(streams.newest.end(), more.newest.begin(), more.newest.end());
        streams.total += more.total;
        for (const auto& [key, count] : more.running_by_key)
            streams.running_by_key[key] += count;
    }
    void complete() {
        auto& all = streams.newest;
        std::ranges::sort(all, is_newer, sort_key);
        if (all.size() > wish.newest) all.resize(wish.newest);
        for (auto& stream : all) {
            const auto more = mirrored_clients.find(stream.id);
            if (more != mirrored_clients.end()) stream.clients += more->second;
        }
        listed(std::move(streams));
    }
    static age sort_key(const stream_summary& stream) { return {stream.created, stream.id}; }
};

void registry::list(const stream_wish& wish, std::function<void(listed_streams)> listed) {
    auto all = std::make_shared<gathered_list>();
    all->wish = wish;
    all->missing = peers_->count();
    all->listed = std::move(listed);
    for (unsigned worker = 0; worker < peers_->count(); ++worker) {
        peers_->send(worker, [all, wish, back = worker_](registry& there) {
            auto streams = there.listed_here(wish);
            auto mirrors = there.mirrored_clients();
            there.peers_->send(
                back,
                [all, streams = std::move(streams), mirrors = std::move(mirrors)](registry&) {
                    all->add(streams);
                    for (const auto& [id, clients] : mirrors)
                        all->mirrored_clients[id] += clients;
                    if (--all->missing == 0) all->complete();
                }
            );
        });
    }
}

/// Told whole are no more than were wished for: there may be very many.
listed_streams registry::listed_here(const stream_wish& wish) const {
    listed_streams told;
    std::vector<const stream*> wished;
    for (const auto& [id, stream] : streams_) {
        const bool ended = stream->ended();
        if (!ended || (wish.ended && stream->retained())) wished.push_back(stream.get());
        const auto& key = stream->identity().key_id;
        if (!ended && !key.empty()) ++told.running_by_key[key];
    }
    told.total = wished.size();
    const auto count = static_cast<std::ptrdiff_t>(std::min(wish.newest, wished.size()));
    const auto by_age = [](const stream* one) {
        return age{one->identity().names.created, one->id()};
    };
    std::ranges::partial_sort(wished, wished.begin() + count, is_newer, by_age);
    for (auto one = wished.begin(); one != wished.begin() + count; ++one)
        told.newest.push_back(summarize(**one));
    return told;
}

std::vector<std::pair<std::string, std::size_t>> registry::mirrored_clients() const {
    std::vector<std::pair<std::string, std::size_t>> all;
    for (const auto* mirror : all_mirrors())
        all.emplace_back(mirror->id(), mirror->clients());
    return all;
}

std::vector<mirror*> registry::all_mirrors() const {
    std::vector<mirror*> all;
    for (const auto& [id, entry] : mirrors_) {
        if (entry.mirror) all.push_back(entry.mirror.get());
    }
    for (const auto& [number, old] : old_mirrors_)
        all.push_back(old.get());
    return all;
}

}  // namespace sluice::gateway
