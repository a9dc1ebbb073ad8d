#include "upstream/routing/attempts.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace sluice::upstream {

namespace {

/// How soon it is looked again at a provider that is late while something of it waits to be taken.
constexpr std::chrono::milliseconds look_again{1000};

failure late(outcome how, remedy remedy, std::string message) {
    failure reason;
    reason.outcome = how;
    reason.status = 504;
    reason.type = "timeout_error";
    reason.message = std::move(message);
    reason.retryable = true;
    reason.remedy = remedy;
    return reason;
}

/// What a request asked of the mock is no fault of the target's.
remedy remedy_of(const lane& late) {
    return late.head().asked_for ? remedy::none : remedy::elsewhere;
}

bool can_be_continued(const destination& to, const call& call) {
    return to.rules->continuation.on && call.untranslatable.empty() && !call.embedding &&
           call.api == api::native;
}

}  // namespace

attempts::attempts(
    boost::asio::io_context& context,
    destination destination,
    call call,
    begin_attempt begin,
    source_listener& listener
)
    : listener_(listener),
      begin_(std::move(begin)),
      limits_(destination.limits),
      timer_(context),
      route_(destination.route) {
    if (can_be_continued(destination, call)) {
        resumption_ = std::make_unique<resumption>(call.request, destination.rules->continuation);
    }
    call.connect_timeout = limits_.connect;
    search_ = std::make_unique<search>(std::move(destination), std::move(call));
    route_->budget.note_request();
    if (!start_next()) give_up();
    arm();
}

// ---- taking ----

void attempts::take(batch& out) {
    out.clear();
    retired_.reset();
    if (done_) return;
    taking_ = true;
    const bool closing = spent_;
    if (!expired_ && !spent_) lead_ ? take_lead(out) : take_first(out);
    // What was taken in this turn is delivered before the end that it led to.
    if (expired_ || closing) close(out);
    taking_ = false;
    if (out.ending) {
        done_ = true;
        timer_.cancel();
        search_.reset();
    } else if (next_deadline() < armed_for_) {
        arm();
    }
}

/// What was decided by a clock, or by the last failure; or that all tokens are delivered.
void attempts::close(batch& out) {
    if (expired_) {
        out.ending = ending{expired_->outcome, *expired_};
    } else {
        out.items.push_back(finish{0, finish_reason::length});
        out.ending = ending{};
    }
}

void attempts::take_first(batch& out) {
    for (std::size_t i = 0; search_ && i < search_->lanes.size();) {
        const bool content = search_->lanes[i]->take_first(out);
        const bool whole = out.ending && out.ending->outcome == outcome::completed;
        if (content) record_of(*search_->lanes[i]).first_content = clock::now();
        if (content || whole) return lead_with(i, out);
        if (!out.ending) {
            ++i;
            continue;
        }
        auto reason = out.ending->failure.value_or(failure{});
        out.clear();
        fail(i, std::move(reason));
    }
}

/// The first that has content, or an answer without any, leads. The others are cut off.
void attempts::lead_with(std::size_t lane, batch& out) {
    lead_ = std::move(search_->lanes[lane]);
    if (search_->hedge == lead_.get()) ++route_->hedges_won;
    for (const auto& other : search_->lanes) {
        if (other) discard(*other);
    }
    search_->hedge = nullptr;
    search_->lanes.clear();
    search_->pending.reset();
    search_->due = search_->hedge_at = clock::time_point::max();
    const auto now = clock::now();
    if (!continues() && lead_->streams())
        route_->ttft.note(std::chrono::duration_cast<recent_ttft::duration>(now - lead_->began()));
    if (search_->to.candidates.size() > 1) head_.target = lead_->target().name();
    take_head(lead_->head());
    head_.estimated = lead_->target().provider->estimates(search_->call.api);
    if (continues()) resumption_->begin(lead_->prefilled);
    pass(out);
    if (!resumption_) forget_search();
}

/// What an answer said of itself, but for what is known better here.
void attempts::take_head(response_head of) {
    of.target = std::move(head_.target);
    of.attempts = head_.attempts;
    of.discarded_tokens = head_.discarded_tokens;
    of.trail = std::move(head_.trail);
    head_ = std::move(of);
}

void attempts::take_lead(batch& out) {
    lead_->take(out);
    pass(out);
}

/// What the leading attempt says goes on to the owner.
void attempts::pass(batch& out) {
    if (has_content(out)) progress_deadline_ = clock::now() + limits_.progress;
    if (losers_ > 0) {
        for (const auto& item : out.items) {
            const auto* told = std::get_if<usage>(&item);
            if (told == nullptr || !told->input_tokens) continue;
            note_discarded(std::exchange(losers_, 0) * *told->input_tokens);
        }
    }
    if (resumption_) resumption_->pass(out);
    if (!out.ending) return;
    lead_->settle(*out.ending);
    if (out.ending->failure)
        close_record(*lead_, *out.ending->failure);
    else
        close_record(*lead_, to_string(out.ending->outcome));
    if (out.ending->failure && go_on_elsewhere(*out.ending->failure)) out.ending.reset();
}

void attempts::forget_search() {
    search_.reset();
    begin_ = {};
}

bool attempts::waiting() const {
    if (done_) return false;
    if (expired_ || spent_) return true;
    if (lead_) return lead_->waiting();
    return search_ &&
           std::ranges::any_of(search_->lanes, [](const auto& lane) { return lane->waiting(); });
}

bool attempts::can_pause() const {
    return !lead_ || lead_->can_pause();
}

void attempts::cancel() {
    done_ = true;
    timer_.cancel();
    search_.reset();
    retired_.reset();
    lead_.reset();
}

void attempts::on_ready() {
    if (!done_ && !taking_) listener_.on_ready();
}

// ---- clocks ----

attempts::clock::time_point attempts::next_deadline() const {
    auto next = lead_ ? progress_deadline_ : clock::time_point::max();
    if (limits_.total) next = std::min(next, started_ + *limits_.total);
    if (!search_ || lead_) return next;
    for (const auto& lane : search_->lanes)
        next = std::min(next, lane->deadline());
    return std::min({next, search_->due, search_->hedge_at});
}

/// One timer for all clocks. Progress only moves a deadline; the timer looks at it when it fires.
void attempts::arm() {
    armed_for_ = next_deadline();
    if (armed_for_ == clock::time_point::max()) return timer_.cancel();
    timer_.set(armed_for_, [this] { on_timer(); });
}

void attempts::on_timer() {
    if (done_ || expired_ || spent_) return;
    const auto now = clock::now();
    if (limits_.total && now >= started_ + *limits_.total) {
        return expire(
            late(outcome::deadline, remedy::none, "the answer took longer than it was given")
        );
    }
    if (lead_)
        on_progress_timer(now);
    else
        on_search_timer(now);
    if (spent_) return listener_.on_ready();
    if (!expired_) arm();
}

void attempts::on_progress_timer(clock::time_point now) {
    if (now < progress_deadline_) return;
    // What is late is our own taking. It may only just have come, and be no content.
    if (lead_->waiting()) {
        progress_deadline_ = now + std::min(limits_.progress, look_again);
        return;
    }
    auto reason =
        late(outcome::progress_timeout, remedy_of(*lead_), "the provider stopped sending content");
    lead_->settle({reason.outcome, reason});
    close_record(*lead_, reason);
    if (!go_on_elsewhere(reason)) return expire(std::move(reason));
    retired_.reset();
}

void attempts::on_search_timer(clock::time_point now) {
    auto& lanes = search_->lanes;
    for (std::size_t i = 0; i < lanes.size();) {
        auto& lane = *lanes[i];
        if (now < lane.deadline()) {
            ++i;
        } else if (lane.waiting()) {
            lane.grant(now + std::min(limits_.first_token, look_again));
            ++i;
        } else {
            fail(
                i,
                late(
                    outcome::first_token_timeout,
                    remedy_of(lane),
                    "the provider sent no content in time"
                )
            );
            if (expired_) return;
        }
    }
    if (search_->pending && now >= search_->due) {
        const auto next = *std::exchange(search_->pending, std::nullopt);
        search_->due = clock::time_point::max();
        if (!launch(next) && !spent_ && !start_next()) return give_up();
    }
    if (now >= search_->hedge_at) hedge();
}

void attempts::expire(failure reason) {
    expired_ = std::move(reason);
    search_.reset();
    lead_.reset();
    listener_.on_ready();
}

}  // namespace sluice::upstream
