#include "gateway/streams/registry.hpp"

#include <algorithm>

/// What of a registry is due by the clock, or by the memory that its streams hold.
namespace sluice::gateway {

namespace {

constexpr std::chrono::milliseconds tick_interval{100};

}  // namespace

void registry::add(ticked& member) {
    member.tick_place = ticked_.size();
    ticked_.push_back(&member);
    arm_ticks();
}

/// The last one takes its place; where that is done by a tick, it may miss this one.
void registry::remove(ticked& member) {
    ticked_[member.tick_place] = ticked_.back();
    ticked_[member.tick_place]->tick_place = member.tick_place;
    ticked_.pop_back();
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
    for (std::size_t i = 0; i < ticked_.size(); ++i)
        ticked_[i]->on_tick(now);
    const std::vector<stream*> abandoned(abandoned_.begin(), abandoned_.end());
    for (auto* stream : abandoned) {
        stream->on_tick(now);
        if (stream->ended() || stream->has_readers()) abandoned_.erase(stream);
    }
    expire(now);
    evicted_in_vain_ = false;
    keep_bound();
    if (!ticked_.empty() || !abandoned_.empty() || !retained_.empty()) arm_ticks();
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

void registry::keep_bound() {
    if (held() > bound() && !evicted_in_vain_) evict();
}

std::size_t registry::bound() const {
    return std::min(settings_.worker_journal, history_max_);
}

std::size_t registry::held() const {
    return segments_.bytes_in_use() + documents_held_;
}

void registry::watch_abandoned(stream& stream) {
    abandoned_.insert(&stream);
    arm_ticks();
}

/// Copies of what other workers hold go first, as far as they were read; then the oldest finished
/// stream; then what streams that nobody reads have kept; then what the readers of the others have
/// taken. Whether that was enough.
bool registry::drop_history(std::size_t bound) {
    for (auto* mirror : all_mirrors()) {
        if (held() <= bound) return true;
        mirror->forget_history();
    }
    for (auto it = retained_.begin(); it != retained_.end();) {
        if (held() <= bound) return true;
        const auto found = streams_.find(*it);
        if (found != streams_.end() && found->second->has_readers()) {
            ++it;
            continue;
        }
        destroy(*it);
        it = retained_.erase(it);
    }
    for (const bool read : {false, true}) {
        for (const auto& [id, stream] : streams_) {
            if (held() <= bound) return true;
            if (stream->has_readers() == read) stream->forget_history();
        }
    }
    return held() <= bound;
}

/// Where history is not enough, readers that are far behind lose what they were to take, and are
/// told so. No stream that goes on is ended.
void registry::evict() {
    if (drop_history(bound())) return;
    for (const auto& [id, stream] : streams_) {
        if (held() <= bound()) return;
        stream->forget_all_but(settings_.backlog);
    }
    for (auto* mirror : all_mirrors()) {
        if (held() <= bound()) return;
        mirror->forget_all_but(settings_.backlog);
    }
    // What is left cannot go; the next tick looks again.
    evicted_in_vain_ = held() > bound();
    if (evicted_in_vain_) arm_ticks();
}

}  // namespace sluice::gateway
