#include "gateway/streams/registry.hpp"

#include <algorithm>

/// What of a registry is due by the clock, or by the memory that its streams hold.
namespace sluice::gateway {

namespace {

constexpr std::chrono::milliseconds tick_interval{100};

}  // namespace

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
    evicted_in_vain_ = false;
    if (held() > settings_.worker_journal) evict();
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

std::size_t registry::held() const {
    return segments_.bytes_in_use() + documents_held_;
}

/// The oldest finished stream goes first; then what streams that nobody reads have kept; then what
/// the readers of the others have taken already. No stream that goes on is ended, and no frame that
/// a reader is about to take is dropped.
void registry::evict() {
    for (auto it = retained_.begin(); it != retained_.end();) {
        if (held() <= settings_.worker_journal) return;
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
            if (held() <= settings_.worker_journal) return;
            if (stream->has_readers() == read) stream->forget_history();
        }
    }
    // What is left cannot go; the next tick looks again.
    evicted_in_vain_ = held() > settings_.worker_journal;
    if (evicted_in_vain_) arm_ticks();
}

}  // namespace sluice::gateway
