#include "gateway/admission/prices.hpp"
#include "gateway/streams/registry.hpp"
#include "gateway/streams/stream.hpp"

#include <algorithm>
#include <utility>

/// What a stream tells of itself to those who watch. Nothing is decided by it.
namespace sluice::gateway {

namespace {

using clock = std::chrono::steady_clock;

generation_timing::span between(clock::time_point from, clock::time_point to) {
    return std::chrono::duration_cast<generation_timing::span>(std::max(to, from) - from);
}

}  // namespace

void stream::note_content(std::int64_t items, clock::time_point now) {
    has_content_ = true;
    owner_.note_content(items);
    unread_items_ += items;
    if (!plan_.settings->telemetry.histograms) return;
    content_came_ = true;
    if (!series_)
        note_first_content(items, now);
    else if (last_content_)
        series_->note_content(now - *last_content_, items);
    last_content_ = now;
}

void stream::note_first_content(std::int64_t items, clock::time_point now) {
    const auto& head = source_->head();
    const auto* by = answering_attempt(head.trail);
    if (by == nullptr) return;
    series_ = &owner_.series_of(
        {plan_.route,
         by->provider,
         by->named_by_client ? "*" : by->model,
         std::string{plan_.dialect->name()},
         std::string{plan_.operation},
         std::string{by->vendor}}
    );
    // A document that is relayed comes whole: there is no first token of it.
    const bool whole = builder_ && head.transparent;
    if (!whole) series_->note_first_content(now - std::min(plan_.asked, now), items);
}

/// What has come in this turn was offered to the sockets.
void stream::note_written() {
    if (has_readers()) note_read(fastest_taken());
    if (!std::exchange(content_came_, false)) return;
    const auto here = clock::now() - owner_.turn_began();
    if (std::exchange(first_written_, true))
        owner_.note_added_event(here);
    else
        owner_.note_added_first(here + std::max(begun_ - plan_.asked, clock::duration{0}));
}

/// Some reader has all that lies before `taken`.
void stream::note_read(std::uint64_t taken) {
    if (taken == journal_.end_offset()) unread_items_ = 0;
}

/// A stream is held for minutes behind its end; what was said only where a log line waits for it.
void stream::forget_told() {
    plan_.trace.reset();
    if (!plan_.settings->log.content || !has_readers()) plan_.transcript.reset();
}

void stream::hold() {
    if (!held_) held_ = clock::now();
}

void stream::release() {
    if (!held_) return;
    owner_.note_paused(between(*held_, clock::now()));
    held_.reset();
    // The time until the next content was ours, not the provider's.
    last_content_.reset();
}

generation_timing stream::timing() const {
    generation_timing told;
    const auto first = meter_.first_content();
    const auto until = ended_at_ == clock::time_point{} ? clock::now() : ended_at_;
    told.queue = between(plan_.asked, begun_);
    told.upstream = between(begun_, first.value_or(until));
    if (first) told.first_token = between(plan_.asked, *first);
    told.total = between(plan_.asked, until);
    return told;
}

std::optional<std::int64_t> stream::cost() const {
    const auto& prices = plan_.settings->prices;
    if (prices.empty()) return std::nullopt;
    const auto* price = find_price(prices, upstream_head_.target);
    if (!price) return std::nullopt;
    const auto went = facts();
    const auto usage = plan_.grant ? plan_.grant->charged(went) : went.usage;
    // Nobody knows what the prompt came to: half a price is none.
    if (!went.charged || !usage->input_tokens) return std::nullopt;
    return cost_of(*price, *usage);
}

/// What has not begun to be answered when it ends is answered by how it ended.
int stream::told_status() const {
    using upstream::outcome;
    if (plan_.detached) return 202;
    if (committed_ || !ending_.failure || ending_.outcome == outcome::budget) return 200;
    if (ending_.outcome == outcome::client_gone) return 0;
    return plan_.dialect->error_status(*ending_.failure);
}

generation_record stream::told() const {
    return {
        .route = plan_.route,
        .model = plan_.names.route,
        .dialect = plan_.dialect->name(),
        .operation = plan_.operation,
        .key_id = plan_.key_id,
        .request_id = plan_.request_id,
        .streamed = !builder_,
        .measured = plan_.settings->telemetry.histograms,
        .asked = plan_.asked,
        .begun = begun_,
        .first_content = meter_.first_content(),
        .ended = ended_at_,
        .content_items = meter_.content_items(),
        .usage = meter_.usage(),
        .status = told_status(),
        .ending = ending_,
        .upstream = upstream_head_};
}

}  // namespace sluice::gateway
