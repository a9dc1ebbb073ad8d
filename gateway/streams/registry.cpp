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

/// Some 30 us each; one look at the sockets brings up to 128 events.
constexpr std::size_t postponed_at_once = 8;

bool broke_midstream(const generation_record& told) {
    const auto& causes = midstream_causes;
    return told.first_content && std::ranges::find(causes, told.ending.outcome) != causes.end();
}

}  // namespace

registry::registry(
    boost::asio::io_context& context,
    unsigned worker,
    upstream::upstreams& upstreams,
    gateway::store& store,
    stream_settings settings,
    counters& counters
)
    : context_(context),
      worker_(worker),
      upstreams_(upstreams),
      store_(store),
      settings_(settings),
      counters_(counters),
      ticks_(context) {
    upstreams_.transfers().when_told([this] { turn(); });
}

registry::~registry() {
    subscriptions_.clear();
    mirrors_.clear();
    old_mirrors_.clear();
}

stream& registry::open(stream_plan plan) {
    plan.names.id = make_stream_id(worker_);
    const auto id = plan.names.id;
    auto made = std::make_unique<stream>(*this, std::move(plan));
    auto& opened = *made;
    streams_.emplace(id, std::move(made));
    counters_.streams_live.add(1);
    name(opened);
    opened.begin();
    return opened;
}

// ---- names ----

void registry::name(const stream& stream) {
    const auto& plan = stream.plan();
    if (!plan.request_key.empty()) store_.bind(plan.request_key, stream.id());
    if (!plan.conversation.empty()) store_.set_latest(plan.conversation, stream.id());
}

void registry::release_name(const stream& stream) {
    const auto& name = stream.plan().request_key;
    if (!name.empty()) store_.release(name, stream.id());
}

void registry::forget_names(const stream& stream) {
    release_name(stream);
    const auto& conversation = stream.plan().conversation;
    if (!conversation.empty()) store_.forget_latest(conversation, stream.id());
}

// ---- turns ----

void registry::ready(stream& stream) {
    if (ready_.empty()) news_since_ = clock::now();
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
    turn_began_ = news_since_;
    for (auto* stream : turning_) {
        stream->queued = false;
        try {
            stream->pump();
        } catch (const std::exception& error) {
            log_event(log_level::error, "stream failed", loggable(error));
            stream->stop(
                upstream::outcome::upstream_error, "the gateway failed to relay the answer"
            );
        }
    }
    turning_.clear();
    keep_bound();
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

/// To those who watch.
void registry::tell_of(const stream& ended) {
    const auto record = ended.told();
    counters_.streams.note(record, ended.series());
    if (broke_midstream(record))
        counters_.midstream_failures[static_cast<std::size_t>(ended.ending().outcome)].add(1);
    const auto& plan = ended.plan();
    if (!plan.trace || !tracer_) return;
    if (plan.names.told) plan.trace->stream = short_hash(ended.id());
    tracer_->note(record, *plan.trace, plan.transcript.get());
}

void registry::settled(stream& stream) {
    tell_of(stream);
    counters_.streams_live.add(-1);
    counters_.outcomes[static_cast<std::size_t>(stream.ending().outcome)].add(1);
    counters_.output_tokens.add(stream.metered().output_tokens());
    counters_.upstream_resent.set(static_cast<std::int64_t>(upstreams_.transfers().resent()));
    counters_.input_tokens.add(stream.metered().usage().input_tokens.value_or(0));
    if (!stream.answers_again()) release_name(stream);
    if (stream.retained()) {
        retained_.push_back(stream.id());
        documents_held_ += stream.document().size();
        arm_ticks();
    } else if (!stream.has_readers()) {
        condemn(stream);
    }
}

void registry::unread(stream& stream) {
    if (!stream.retained()) condemn(stream);
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
    abandoned_.erase(found->second.get());
    forget_names(*found->second);
    counters_.wasted_tokens.add(found->second->unread_items());
    if (found->second->ended() && found->second->retained())
        documents_held_ -= found->second->document().size();
    streams_.erase(found);
}

void registry::shut_down() {
    ticks_.cancel();
    subscriptions_.clear();
    mirrors_.clear();
    old_mirrors_.clear();
    ready_.clear();
    condemned_.clear();
    retained_.clear();
    abandoned_.clear();
    streams_.clear();
}

std::size_t registry::generating() const {
    return static_cast<std::size_t>(std::count_if(
        streams_.begin(), streams_.end(), [](const auto& one) { return !one.second->ended(); }
    ));
}

bool registry::awaited() const {
    const auto now = clock::now();
    return std::any_of(streams_.begin(), streams_.end(), [now](const auto& one) {
        return one.second->awaited(now);
    });
}

std::size_t registry::live() const {
    std::size_t count = 0;
    for (const auto& [id, stream] : streams_)
        count += !stream->ended() || stream->has_readers();
    for (const auto* mirror : all_mirrors())
        count += mirror->has_readers();
    return count;
}

void registry::stop_all(upstream::outcome outcome, const std::string& message) {
    std::vector<stream*> all;
    for (const auto& [id, stream] : streams_)
        all.push_back(stream.get());
    for (auto* stream : all)
        stream->stop(outcome, message);
}

}  // namespace sluice::gateway
