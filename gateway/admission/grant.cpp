#include "gateway/admission/grant.hpp"

#include "gateway/admission/accounts.hpp"
#include "gateway/admission/rate_limits.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice::gateway {

namespace {

using kind = demand::kind;

/// How much of an answer is reserved at a time: a second of a fast model.
constexpr std::int64_t step_tokens = 256;
constexpr auto unbounded = std::numeric_limits<std::int64_t>::max();

upstream::usage estimated(std::int64_t input, std::int64_t output) {
    upstream::usage usage;
    usage.input_tokens = input;
    usage.output_tokens = output;
    return usage;
}

}  // namespace

grant::grant(store& from, gateway::ledger* books, applicant who)
    : store_(from), ledger_(books), who_(std::move(who)) {
    if (who_.key) name_demands(account_of(*who_.key), who_.key->limits);
    name_demands(account_of(*who_.route), who_.route->limits);
    size_demands(first_step());
}

grant::~grant() {
    *self_ = nullptr;
    give_back(0, 0);
}

void grant::name_demands(const std::string& account, const usage_limits& limits) {
    each_bound(limits, [&](kind of, std::int64_t limit) {
        if (who_.free_of_charge && is_metered(of)) return;
        if (!who_.price && is_cost(of)) return;
        demands_.push_back({account, of, limit, 1});
    });
}

std::int64_t grant::first_step() const {
    return std::min(step_tokens, who_.output_tokens_max.value_or(step_tokens));
}

std::int64_t grant::cost_of_reserved() const {
    const auto output = reserved_tokens_ - who_.input_tokens;
    return who_.price ? cost_of(*who_.price, estimated(who_.input_tokens, output)) : 0;
}

/// A prompt of more tokens than the bound has takes all of them: how many it is, is a guess until
/// the provider has counted.
void grant::size_demands(std::int64_t step) {
    step_ = step;
    bool metered = false;
    for (const auto& one : demands_)
        metered = metered || is_metered(one.of);
    reserved_tokens_ = metered ? who_.input_tokens + step : unbounded;
    if (!metered) return;
    const auto cost = cost_of_reserved();
    for (auto& one : demands_) {
        if (one.of == kind::tokens) one.amount = std::min(reserved_tokens_, one.limit);
        if (is_cost(one.of)) one.amount = cost;
    }
}

void grant::take(decided decided) {
    taken_ = std::chrono::system_clock::now();
    store_.take(
        demands_,
        [this, self = self_, decided = std::move(decided)](const limit_verdict& verdict) {
            if (*self) hear(verdict, decided);
        }
    );
}

/// Where the bounds leave less than a step of the answer, what they leave is asked for.
void grant::hear(const limit_verdict& verdict, const decided& decided) {
    standings_ = verdict.standings;
    held_ = !verdict.refused;
    if (held_) return decided(std::nullopt);
    const auto& refused = demands_[*verdict.refused];
    const auto left = affordable(demands_, verdict) - (reserved_tokens_ - step_);
    if (is_metered(refused.of) && left > 0 && left < step_) {
        size_demands(left);
        return take(decided);
    }
    refused_by_ = refused.of;
    decided(refuse_demand(refused, verdict));
}

void grant::answered_by(std::string_view target) {
    if (!held_ || !who_.price || reserved_tokens_ == unbounded) return;
    const auto before = cost_of_reserved();
    const auto* price = find_price(who_.settings->prices, target);
    who_.price = price ? *price : token_price{};
    const auto saved = before - cost_of_reserved();
    std::vector<demand> rest;
    for (auto& one : demands_) {
        if (!is_cost(one.of)) continue;
        one.amount -= saved;
        rest.push_back(one);
        rest.back().amount = saved;
        rest.back().taken = taken_;
    }
    if (saved != 0 && !rest.empty()) store_.give_back(rest);
}

/// False once the last of it is spent.
bool grant::reserve_up_to(std::int64_t tokens) {
    if (spent_.empty() && !asking_) ask_for(tokens - reserved_tokens_ + step_tokens);
    if (asking_ || tokens <= reserved_tokens_) return true;
    spent_ = refused_;
    return false;
}

std::vector<demand> grant::more(std::int64_t tokens) const {
    std::vector<demand> asked;
    for (const auto& one : demands_) {
        if (!is_metered(one.of)) continue;
        asked.push_back(one);
        asked.back().amount = is_cost(one.of) ? tokens * who_.price->output : tokens;
        asked.back().running = true;
    }
    return asked;
}

/// How many tokens all of the metered bounds together leave.
std::int64_t grant::affordable(const std::vector<demand>& asked, const limit_verdict& verdict)
    const {
    auto tokens = unbounded;
    for (std::size_t i = 0; i < asked.size(); ++i) {
        if (!is_metered(asked[i].of)) continue;
        auto left = verdict.standings[i].remaining;
        if (is_cost(asked[i].of))
            left = who_.price->output > 0 ? left / who_.price->output : unbounded;
        tokens = std::min(tokens, left);
    }
    return tokens;
}

/// Where not all can be had, what is left is.
void grant::ask_for(std::int64_t tokens) {
    asking_ = true;
    auto asked = more(tokens);
    store_.take(asked, [asked, tokens, self = self_, &from = store_](const limit_verdict& verdict) {
        if (!*self) {
            if (!verdict.refused) from.give_back(asked);
            return;
        }
        grant& here = **self;
        here.asking_ = false;
        if (verdict.refused) {
            here.refused_ = describe_bound(asked[*verdict.refused]);
            const auto rest = here.affordable(asked, verdict);
            if (rest > 0 && rest < tokens) here.ask_for(rest);
            return;
        }
        here.reserved_tokens_ += tokens;
        for (auto& held : here.demands_) {
            for (const auto& one : asked) {
                if (one.account == held.account && one.of == held.of) held.amount += one.amount;
            }
        }
    });
}

void grant::give_back(std::int64_t tokens_used, std::int64_t cost_used) {
    if (!std::exchange(held_, false)) return;
    auto rest = demands_;
    for (auto& one : rest) {
        if (one.of == kind::requests) one.amount = 0;
        if (one.of == kind::tokens) one.amount -= tokens_used;
        if (is_cost(one.of)) one.amount -= cost_used;
        one.taken = taken_;
    }
    store_.give_back(rest);
}

std::optional<upstream::usage> grant::charged(const generation_facts& facts) const {
    if (!facts.charged) return std::nullopt;
    auto usage = facts.usage;
    if (!usage.input_tokens) usage.input_tokens = who_.input_tokens;
    // Nobody knows; what was reserved is the best guess.
    if (facts.unseen) usage.output_tokens = first_step();
    return usage;
}

void grant::settle(const generation_facts& facts) {
    const auto usage = charged(facts).value_or(facts.usage);
    const auto* price = find_price(who_.settings->prices, facts.target);
    const auto tokens = usage.input_tokens.value_or(0) + usage.output_tokens.value_or(0);
    const bool costs = facts.charged && price;
    give_back(facts.charged ? tokens : 0, costs ? cost_of(*price, usage) : 0);
    if (ledger_) write_down(facts, usage);
}

void grant::write_down(const generation_facts& facts, const upstream::usage& usage) {
    auto record = std::move(who_.record);
    record.outcome = facts.outcome;
    record.stream = facts.stream;
    record.usage = usage;
    record.target = facts.target;
    record.attempts = facts.attempts;
    if (const auto* price = find_price(who_.settings->prices, facts.target))
        record.cost = facts.charged && !who_.free_of_charge ? cost_of(*price, usage) : 0;
    const auto since = [this](std::chrono::steady_clock::time_point at) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(at - begun_);
    };
    if (facts.first_content) record.ttft = since(*facts.first_content);
    record.duration = since(std::chrono::steady_clock::now());
    std::exchange(ledger_, nullptr)->add(std::move(record));
}

}  // namespace sluice::gateway
