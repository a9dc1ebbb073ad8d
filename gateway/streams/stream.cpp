#include "gateway/streams/stream.hpp"

#include "gateway/streams/registry.hpp"
#include "gateway/streams/stream_id.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

using clock = std::chrono::steady_clock;

/// The most that one document may hold: an answer that nobody could have meant to ask for.
constexpr std::size_t document_bytes_max = 64U << 20;
/// Clients come back after a second, which the first frame tells them.
constexpr std::chrono::seconds return_time{3};

upstream::failure ended_by(upstream::outcome outcome, std::string message, int status) {
    upstream::failure reason;
    reason.outcome = outcome;
    reason.status = status;
    reason.type = std::string{upstream::to_string(outcome)};
    reason.message = std::move(message);
    reason.retryable = outcome == upstream::outcome::drained;
    return reason;
}

/// What an item adds to an answer that is gathered whole.
std::size_t bytes_of(const upstream::item& item) {
    return std::visit(
        [](const auto& part) {
            std::size_t bytes = 0;
            const auto count = [&bytes](auto view) { bytes += view.size(); };
            if constexpr (requires { part.text; }) count(part.text);
            if constexpr (requires { part.arguments; }) count(part.arguments);
            if constexpr (requires { part.id; }) count(part.id);
            if constexpr (requires { part.name; }) count(part.name);
            if constexpr (requires { part.data; }) count(part.data);
            if constexpr (requires { part.transcript; }) count(part.transcript);
            if constexpr (requires { part.bytes; }) count(part.bytes);
            if constexpr (requires { part.numbers; }) count(part.numbers);
            if constexpr (requires { part.url; }) {
                count(part.url);
                count(part.title);
                count(part.cited_text);
            }
            if constexpr (requires { part.refusal; }) count(part.content);
            return bytes;
        },
        item
    );
}

std::unique_ptr<stream_encoder> make_encoder(const stream_plan& plan, bool relay) {
    if (!plan.call.stream) return nullptr;
    return plan.dialect->encoder(plan.call, plan.names, relay);
}

std::unique_ptr<document_builder> make_builder(const stream_plan& plan, bool relay) {
    if (plan.call.stream) return nullptr;
    return plan.dialect->document(plan.call, plan.names, relay);
}

}  // namespace

stream::stream(registry& owner, stream_plan plan)
    : publication(owner.segments(), make_encoder(plan, plan.to.must_relay(plan.call.api))),
      owner_(owner),
      plan_(std::move(plan)),
      out_(journal_, plan_.names.told ? plan_.names.id : std::string{}),
      commit_timer_(owner.context()) {
    const bool all = plan_.to.must_relay(plan_.call.api);
    builder_ = make_builder(plan_, all);
    if (all || !plan_.to.may_relay(plan_.call.api)) return;
    relay_ = make_encoder(plan_, true);
    relay_builder_ = make_builder(plan_, true);
}

stream::~stream() = default;

void stream::begin() {
    if (plan_.detached) {
        commit();
        note_start_delivered();
        watch_grace();
    }
    arm_commit();
    begun_ = clock::now();
    source_ = owner_.upstreams().begin(std::move(plan_.to), std::move(plan_.call), *this);
}

/// A single document's status waits until it is whole; a stream's, for commit_after at most.
void stream::arm_commit() {
    if (builder_ || committed_ || !plan_.settings->server.commit_after) return;
    commit_timer_.set(clock::now() + *plan_.settings->server.commit_after, [this] {
        if (committed_ || ended_) return;
        commit();
        publish();
    });
}

void stream::on_ready() {
    owner_.ready(*this);
}

void stream::pump() {
    if (!source_) return;
    if (!wants_more()) return hold();
    source_->take(batch_);
    deliver();
    if (ended_) return note_written();
    if (source_->waiting()) owner_.ready(*this);
    publish();
    note_written();
    trim();
}

void stream::deliver() {
    if (!batch_.items.empty()) {
        if (!std::exchange(heard_, true)) {
            choose_way();
            hear_fault();
        }
        if (batch_.continued) note_continued();
        if (builder_)
            gather();
        else
            encode();
        if (plan_.trace) plan_.trace->answer.see(batch_);
        const auto before = meter_.content_items();
        const auto now = clock::now();
        meter_.see(batch_, now);
        if (meter_.content_items() > before) note_content(meter_.content_items() - before, now);
        if (builder_ || plan_.dialect->gathers_streams()) note_size();
    }
    if (plan_.transcript) plan_.transcript->see(batch_);
    if (batch_.ending) {
        settle(std::move(*batch_.ending));
    } else if (!is_covered()) {
        end_at_bound();
    } else if (overflows()) {
        const bool large = document_bytes_ > document_bytes_max;
        const auto how = large ? upstream::outcome::upstream_error : upstream::outcome::slow_reader;
        settle({how, ended_by(how, "the answer outgrew what the gateway holds", 502)});
    }
}

/// Whether its key and its model may still have more of it.
bool stream::is_covered() {
    if (!plan_.grant) return true;
    const auto input = meter_.usage().input_tokens.value_or(plan_.grant->estimated_input());
    const auto output = std::max(meter_.content_items(), meter_.output_tokens());
    return plan_.grant->covers(input, output);
}

/// What there is of the answer is kept, and says why it ends.
void stream::end_at_bound() {
    const auto& bound = plan_.grant->spent();
    if (!builder_) out_.remark("budget: " + bound);
    using upstream::outcome;
    settle({outcome::budget, ended_by(outcome::budget, "the limit " + bound + " is spent", 429)});
}

generation_facts stream::facts() const {
    using upstream::outcome;
    const auto how = ending_.outcome;
    const bool failed = how == outcome::upstream_error || how == outcome::upstream_eof ||
                        how == outcome::rejected || how == outcome::shed;
    const bool heard = meter_.content_items() > 0 || meter_.usage().input_tokens.has_value();
    generation_facts facts;
    facts.outcome = how;
    facts.usage = meter_.usage();
    // Whoever gave up before an answer began has had the prompt read all the same.
    facts.charged = heard || !failed;
    facts.unseen = builder_ && !heard && !failed;
    facts.stream = short_hash(id());
    facts.target = upstream_head_.target;
    facts.attempts = upstream_head_.attempts;
    facts.first_content = meter_.first_content();
    return facts;
}

/// Until now nothing was encoded but what is the same on both ways.
void stream::choose_way() {
    if (source_->head().transparent) {
        if (relay_) encoder_ = std::move(relay_);
        if (relay_builder_) builder_ = std::move(relay_builder_);
    }
    relay_.reset();
    relay_builder_.reset();
    if (plan_.grant) plan_.grant->answered_by(source_->head().target);
}

/// Marked where it happens, and once more at the end.
void stream::note_continued() {
    if (builder_) return builder_->note_continued();
    encoder_->note_continued();
    out_.remark("continued");
}

void stream::gather() {
    for (const auto& item : batch_.items)
        builder_->add(item);
}

void stream::note_size() {
    for (const auto& item : batch_.items)
        document_bytes_ += bytes_of(item);
}

void stream::encode() {
    if (!committed_) commit();
    if (out_.suffers()) return encode_suffering();
    for (const auto& item : batch_.items)
        encoder_->encode(item, out_);
}

/// What cannot be paused must end somewhere: an HTTP/2 source by the journal, a document by its
/// size.
bool stream::overflows() const {
    if (document_bytes_ > document_bytes_max) return true;
    return !builder_ && !goes_on() && !source_->can_pause() &&
           backlog() > plan_.settings->streams.journal;
}

/// What the fastest reader has not taken. Without readers nothing waits: the journal drops its
/// oldest.
std::uint64_t stream::backlog() const {
    return readers_.empty() ? 0 : journal_.end_offset() - fastest_taken();
}

/// Next to nothing while all streams of the worker hold more than they may together: who keeps up
/// does not notice, and who does not grows no further.
std::uint64_t stream::backlog_max() const {
    constexpr std::uint64_t in_need = sse::journal::segment_bytes;
    const auto usual = plan_.settings->streams.backlog;
    return owner_.over_bound() ? std::min<std::uint64_t>(usual, in_need) : usual;
}

bool stream::wants_more() const {
    if (builder_ || goes_on() || !source_->can_pause()) return true;
    return backlog() <= backlog_max();
}

/// What needs no reader goes on into its journal, which forgets its oldest; other streams have none
/// to.
bool stream::goes_on() const {
    return plan_.kept && plan_.on_disconnect == disconnect_policy::keep;
}

void stream::on_progress(std::uint64_t taken) {
    if (ended_ && taken == journal_.end_offset()) end_seen_ = true;
    note_read(taken);
    trim();
    if (held_ && backlog() <= backlog_max() / 2) {
        release();
        owner_.ready(*this);
    }
}

void stream::commit() {
    committed_ = true;
    commit_timer_.cancel();
    hear_fault();
    encoder_->open(out_);
    out_.flush();
    tell_cut();
}

void stream::stop(upstream::outcome outcome, std::string message) {
    if (ended_) return;
    // To clients of such a stream it is an end like others.
    if (!committed_ && plan_.dialect->outlives_clients()) commit();
    const int status = outcome == upstream::outcome::drained ? 503 : 502;
    settle({outcome, ended_by(outcome, std::move(message), status)});
}

/// The one exit. The source goes, which ends the upstream exchange; the clocks stop; the terminal
/// frames are appended before any reader hears of the end; what was reserved and not used is given
/// back, and what was used is written down; the registry records the outcome.
void stream::settle(upstream::ending ending) {
    ending_ = std::move(ending);
    upstream_head_ = source_ ? source_->head() : upstream::response_head{};
    ended_at_ = clock::now();
    close_frames();
    ended_ = true;
    commit_timer_.cancel();
    source_.reset();
    batch_ = {};
    release();
    if (plan_.grant) plan_.grant->settle(facts());
    // Who reads what is relayed holds back what has no end yet.
    if (plan_.transcript) plan_.transcript->see({.items = {}, .ending = ending_});
    owner_.settled(*this);
    forget_told();
    publish();
    if (has_readers()) on_progress(fastest_taken());
    trim();
}

void stream::close_frames() {
    using upstream::outcome;
    const bool whole = ending_.outcome == outcome::completed || ending_.outcome == outcome::budget;
    closing closing{ending_, meter_.usage(), cost()};
    if (plan_.settings->telemetry.server_timing) closing.timing = timing();
    // Cut ahead of what the provider counts: absent is not zero.
    if (ending_.outcome == outcome::budget && !closing.usage.input_tokens)
        closing.usage.input_tokens = plan_.grant->estimated_input();
    if (builder_) {
        if (whole) document_ = builder_->finish(closing);
        return;
    }
    if (!committed_ && whole) commit();
    // Who has left needs no farewell, unless somebody may come back for it.
    const bool unread = ending_.outcome == outcome::client_gone && !plan_.kept;
    if (!committed_ || unread) return;
    out_.begin_end();
    encoder_->close(closing, out_);
    out_.flush();
    tell_cut();
}

/// History is kept for streams that can be joined; others forget what has been sent.
void stream::trim() {
    if (!plan_.kept) {
        journal_.release_before(slowest_taken());
        return;
    }
    const auto bound = plan_.settings->streams.journal + out_.extra_bytes();
    if (journal_.bytes_held() > bound) journal_.release_before(journal_.end_offset() - bound);
}

void stream::on_last_reader_left() {
    if (ended_) return owner_.unread(*this);
    const bool known = (joinable() && start_delivered_) || !plan_.request_key.empty();
    auto policy = plan_.on_disconnect;
    if (polled_ && policy == disconnect_policy::cancel) policy = disconnect_policy::grace;
    if (policy == disconnect_policy::grace && !known) policy = disconnect_policy::cancel;
    if (policy == disconnect_policy::cancel) {
        return settle(
            {upstream::outcome::client_gone,
             ended_by(upstream::outcome::client_gone, "the client left", 499)}
        );
    }
    // Who comes back finds it, though there be nothing to see yet.
    if (!committed_ && plan_.dialect->outlives_clients()) commit();
    release();
    owner_.ready(*this);
    watch_grace();
}

void stream::note_detached() {
    plan_.detached = true;
    plan_.on_disconnect = disconnect_policy::keep;
}

void stream::watch_grace() {
    abandoned_ = clock::now();
    owner_.watch_abandoned(*this);
}

bool stream::retained() const {
    return plan_.kept && (committed_ || !document_.empty());
}

bool stream::answers_again() const {
    return retained() && ending_.outcome != upstream::outcome::client_gone;
}

void stream::on_tick(clock::time_point now) {
    if (ended_ || plan_.on_disconnect == disconnect_policy::keep || !abandoned_) return;
    if (has_readers()) {
        abandoned_.reset();
    } else if (now - *abandoned_ >= plan_.settings->streams.grace) {
        settle(
            {upstream::outcome::client_gone,
             ended_by(upstream::outcome::client_gone, "no reader came back in time", 499)}
        );
    }
}

bool stream::awaited(clock::time_point now) const {
    return ended_ && retained() && !end_seen_ && now - ended_at_ < return_time;
}

bool stream::expired(clock::time_point now) const {
    return ended_ && now - ended_at_ >= plan_.settings->streams.retention;
}

}  // namespace sluice::gateway
