#include "upstream/providers/prefill.hpp"
#include "upstream/routing/attempts.hpp"
#include "upstream/routing/balance.hpp"
#include "upstream/routing/pauses.hpp"

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <utility>

/// Which target is asked next: the part of `attempts` that runs while nothing has content.
namespace sluice::upstream {

namespace {

double draw() {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{0, 1}(generator);
}

/// The targets in the order in which this request should ask them.
std::vector<itinerary::stop> stops_of(const destination& to) {
    const auto now = std::chrono::steady_clock::now();
    if (to.candidates.size() == 1) {
        const bool open = to.candidates[0].health->look(now).state == breaker::state::open;
        return {{0, to.candidates[0].priority, open}};
    }
    std::vector<std::string> names;
    std::vector<weighed_target> targets;
    names.reserve(to.candidates.size());
    targets.reserve(to.candidates.size());
    for (const auto& one : to.candidates) {
        names.push_back(to.sticky ? one.name() : std::string{});
        targets.push_back({one.weight, one.priority, names.back(), one.health->look(now)});
    }
    std::vector<itinerary::stop> stops;
    stops.reserve(targets.size());
    for (const auto index : order_targets(targets, to.rules->balance, to.sticky, draw)) {
        const auto& target = targets[index];
        const bool open = target.standing.state == breaker::state::open;
        stops.push_back({index, target.priority, open, target.weight == 0});
    }
    return stops;
}

}  // namespace

attempts::search::search(destination destination, upstream::call call)
    : to(std::move(destination)), call(std::move(call)), route(stops_of(to), to.rules->retry) {}

/// Begins the next attempt, or the pause before it. False: there is none.
bool attempts::start_next() {
    const bool random = search_->to.candidates.size() > 1 || head_.attempts > 0;
    while (const auto step = search_->route.next(random ? draw() : 0)) {
        const auto next = afford(*step, cause::turn);
        if (!next) continue;
        if (step->pause.count() > 0) {
            search_->pending = next;
            search_->due = clock::now() + step->pause;
            return true;
        }
        if (launch(*next) || spent_) return true;
    }
    return false;
}

/// Whether a step puts load on a target that fails, or on a second one at once. The first attempt
/// of a request never does.
bool attempts::is_extra(const itinerary::step& step, cause why) const {
    if (head_.attempts == 0 || why == cause::instruction) return false;
    if (step.forced || step.again || why == cause::hedge) return true;
    return search_->to.candidates[step.target].health->look(clock::now()).failing;
}

/// Pays for a step where it has to be paid for. Nothing: the budget is spent.
std::optional<attempts::planned> attempts::afford(const itinerary::step& step, cause why) {
    planned next{step, why, is_extra(step, why)};
    if (!next.paid || route_->budget.take(clock::now())) return next;
    ++route_->budget_spent;
    if (why == cause::hedge)
        search_->route.give_back(step.target);
    else
        search_->route.declined(step.target);
    return std::nullopt;
}

/// False: not this target, but perhaps another.
bool attempts::launch(const planned& next) {
    const auto index = next.step.target;
    const auto& target = search_->to.candidates[index];
    std::optional<upstream::call> continuing;
    const auto refund = [&] {
        if (next.paid) route_->budget.give_back();
        return false;
    };
    if (continues()) {
        if (!resumption_->possible(may_prefill(index))) {
            search_->route.failed(index, remedy::skip, {});
            return refund();
        }
        continuing = resumption_->next_call(search_->call, may_prefill(index));
        spent_ = !continuing;
        if (spent_) return refund();
    }
    auto health = target_health::begin(target.health, clock::now(), next.step.forced);
    if (!health) {
        search_->route.put_off(index);
        return refund();
    }
    begin_lane(next, std::move(health), continuing ? *continuing : search_->call);
    return true;
}

void attempts::begin_lane(
    const planned& next, std::unique_ptr<target_health::attempt> health, upstream::call& call
) {
    const auto& target = search_->to.candidates[next.step.target];
    auto& made = *search_->lanes.emplace_back(
        std::make_unique<lane>(next.step.target, target, std::move(health))
    );
    made.prefilled = call.request.prefilled;
    const bool whole = !call.stream && target.provider->speaks(call.api);
    if (next.why == cause::hedge) {
        search_->hedge = &made;
        ++route_->hedges;
    } else if (continues()) {
        ++route_->continuations;
    } else if (head_.attempts > 0) {
        ++(next.step.again ? route_->retries : route_->fallbacks);
    } else if (!whole) {
        plan_hedge(made);
    }
    ++head_.attempts;
    head_.target = target.name();
    open_record(made, call);
    made.start(begin_, call, whole ? std::nullopt : std::optional{limits_.first_token}, *this);
    // A stream may begin ahead of its answer.
    head_.wire_fault = made.head().wire_fault;
}

bool attempts::may_prefill(std::size_t index) const {
    const auto& target = search_->to.candidates[index];
    return target.provider->prefill && takes_prefill(target.model) &&
           std::ranges::find(search_->prefill_refused, index) == search_->prefill_refused.end();
}

void attempts::fail(std::size_t lane, failure reason) {
    auto& search = *search_;
    const auto failed = std::move(search.lanes[lane]);
    search.lanes.erase(search.lanes.begin() + static_cast<std::ptrdiff_t>(lane));
    const bool was_hedge = search.hedge == failed.get();
    if (was_hedge) search.hedge = nullptr;
    failed->settle({reason.outcome, reason});
    close_record(*failed, reason);
    note_discarded(failed->input_tokens().value_or(0));
    if (ask_without_prefill(*failed, reason)) return;
    // The client's own request was taken: it is our continuation of it that this one refuses. What
    // was asked beside another does not speak for that one.
    const bool other_may_do = continues() || (was_hedge && !search.lanes.empty());
    if (reason.remedy == remedy::none && !failed->head().asked_for && other_may_do)
        reason.remedy = remedy::elsewhere;
    const auto wall = std::chrono::system_clock::now();
    const auto rest = read_retry_after(reason.retry_after, wall);
    search.route.failed(failed->index(), reason.remedy, rest);
    const bool hopeless = reason.remedy == remedy::none;
    if (reason.remedy == remedy::skip) --head_.attempts;
    remember(*failed, std::move(reason));
    if (hopeless) return give_up();
    if (!search.lanes.empty() || search.pending) return;
    if (!start_next()) give_up();
}

/// A target that does not take the beginning of its answer refuses the request; it may still go on
/// when it is told to.
bool attempts::ask_without_prefill(const lane& refused, const failure& reason) {
    if (!continues() || !refused.prefilled || reason.remedy != remedy::none) return false;
    search_->prefill_refused.push_back(refused.index());
    return launch({{refused.index(), {}, true, false}, cause::instruction});
}

/// The client hears of the last failure, but rather of one that it can do something about by asking
/// again; of one that broke its answer off, before all that followed.
void attempts::remember(const lane& failed, failure reason) {
    auto& told = search_->told;
    if (told) {
        const bool worse = told->retryable && !reason.retryable && reason.remedy != remedy::none;
        if (continues() || reason.remedy == remedy::skip || worse) return;
    }
    told = std::move(reason);
    search_->told_head = failed.head();
}

void attempts::give_up() {
    search_->lanes.clear();
    search_->pending.reset();
    expired_ = search_->told.value_or(failure{});
    // Not before: a stream may begin meanwhile, whose head has nothing of what failed.
    if (!continues()) take_head(search_->told_head);
    if (!taking_) listener_.on_ready();
}

/// A stream broke off behind its first content: another search, for one that goes on. False: there
/// is nobody.
bool attempts::go_on_elsewhere(const failure& reason) {
    if (!resumption_ || !search_ || reason.remedy == remedy::none) return false;
    auto& search = *search_;
    if (resumption_->times() >= search.to.rules->retry.attempts) return false;
    bool possible = false;
    for (std::size_t i = 0; i < search.to.candidates.size(); ++i)
        possible = possible || resumption_->possible(may_prefill(i));
    if (!possible) return false;
    search.told = reason;
    search.route.broke_off(lead_->index());
    resumption_->break_off();
    progress_deadline_ = clock::time_point::max();
    retired_ = std::move(lead_);
    if (start_next()) return true;
    lead_ = std::move(retired_);
    return false;
}

// ---- hedging ----

/// A second target is asked when the first is later than 95 of 100 were.
void attempts::plan_hedge(const lane& first) {
    if (!search_->to.rules->hedge || search_->to.candidates.size() < 2) return;
    if (const auto usual = route_->ttft.p95()) search_->hedge_at = first.began() + *usual;
}

void attempts::hedge() {
    search_->hedge_at = clock::time_point::max();
    const auto step = search_->route.beside();
    if (!step) return;
    if (const auto next = afford(*step, cause::hedge)) launch(*next);
}

/// An attempt is cut off because another one was faster. Its prompt was read all the same; and one
/// that was later than usual has failed, or a target that never answers would never be found out.
void attempts::discard(lane& loser) {
    close_record(loser, "superseded");
    if (search_->hedge != nullptr && search_->hedge != &loser) {
        auto reason = failure{};
        reason.outcome = outcome::first_token_timeout;
        reason.remedy = loser.head().asked_for ? remedy::none : remedy::elsewhere;
        loser.settle({reason.outcome, reason});
    }
    if (const auto told = loser.input_tokens())
        note_discarded(*told);
    else
        ++losers_;
}

void attempts::note_discarded(std::int64_t tokens) {
    head_.discarded_tokens += tokens;
    route_->discarded_tokens += tokens;
}

}  // namespace sluice::upstream
