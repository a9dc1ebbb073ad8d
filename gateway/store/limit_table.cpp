#include "gateway/store/limit_table.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

std::int64_t asked(const demand& one) {
    return std::max<std::int64_t>(one.amount, 0);
}

/// Takes it even where it can't be had: another demand on the same bound is then measured behind
/// this one. The caller undoes all of it.
std::optional<shortage> take_anyway(bound& from, const demand& one, const limit_time& now) {
    return std::visit(
        [&](auto& bound) {
            auto missing = bound.lacks(asked(one), now);
            bound.take(asked(one), now);
            return missing;
        },
        from
    );
}

/// Who only looks keeps those who take waiting for so many look-ups at most.
constexpr std::size_t looks_at_once = 64;

/// Whether it keeps a request out for longer.
bool is_worse(const shortage& one, const shortage& than) {
    if (one.never || than.never) return one.never && !than.never;
    return one.wait > than.wait;
}

}  // namespace

limit_verdict limit_table::take(const std::vector<demand>& demands, const limit_time& now) {
    const std::lock_guard guard{lock_};
    keep_small(now);
    std::vector<std::pair<bound*, bound>> before;
    before.reserve(demands.size());
    std::optional<std::size_t> refused;
    shortage worst;
    for (std::size_t i = 0; i < demands.size(); ++i) {
        const auto& one = demands[i];
        auto& from = find_or_make(one.account, one.of, one.limit, now);
        if (!one.running) std::visit([&](auto& bound) { bound.adopt(one.limit, now); }, from);
        before.emplace_back(&from, from);
        const auto missing = take_anyway(from, one, now);
        if (!missing || (refused && !is_worse(*missing, worst))) continue;
        refused = i;
        worst = *missing;
    }
    if (refused) {
        for (auto undone = before.rbegin(); undone != before.rend(); ++undone)
            *undone->first = undone->second;
    }
    limit_verdict verdict{refused, worst.wait, worst.never, {}};
    verdict.standings.reserve(demands.size());
    for (const auto& [from, earlier] : before)
        verdict.standings.push_back(
            std::visit([&](const auto& bound) { return bound.stands(now); }, *from)
        );
    return verdict;
}

/// A stream that began ahead of a reload gives back under the limit of its day, which does not
/// bring that limit back.
void limit_table::give_back(const std::vector<demand>& demands, const limit_time& now) {
    const std::lock_guard guard{lock_};
    keep_small(now);
    for (const auto& one : demands) {
        auto& to = find_or_make(one.account, one.of, one.limit, now);
        const auto* spent = std::get_if<budget>(&to);
        if (spent && one.amount > 0 && spent->began_after(one.taken, now)) continue;
        std::visit([&](auto& bound) { bound.give_back(one.amount, now); }, to);
    }
}

std::vector<standing> limit_table::look(const std::vector<demand>& demands, const limit_time& now)
    const {
    std::vector<standing> all;
    all.reserve(demands.size());
    while (all.size() < demands.size()) {
        const std::lock_guard guard{lock_};
        const auto end = std::min(demands.size(), all.size() + looks_at_once);
        for (auto i = all.size(); i < end; ++i)
            all.push_back(look_at(demands[i], now));
    }
    return all;
}

/// On a copy: limits of today's configuration are the demand's affair, not the bound's.
standing limit_table::look_at(const demand& one, const limit_time& now) const {
    const auto& known = bounds_[static_cast<std::size_t>(one.of)];
    const auto found = known.find(one.account);
    auto seen = found == known.end() ? make_bound(one.of, one.limit, now) : found->second;
    return std::visit(
        [&](auto& bound) {
            bound.adopt(one.limit, now);
            return bound.stands(now);
        },
        seen
    );
}

void limit_table::seed(
    const std::string& account, std::int64_t day, std::int64_t month, const limit_time& now
) {
    const std::lock_guard guard{lock_};
    keep_small(now);
    // The first demand says how much the bound is.
    constexpr auto unknown = std::numeric_limits<std::int64_t>::max();
    const auto set = [&](demand::kind kind, std::int64_t spent) {
        std::get<budget>(find_or_make(account, kind, unknown, now)).set_spent(spent, now);
    };
    set(demand::kind::day_cost, day);
    set(demand::kind::month_cost, month);
}

bound& limit_table::find_or_make(
    const std::string& account, demand::kind kind, std::int64_t limit, const limit_time& now
) {
    auto& known = of(kind);
    const auto found = known.find(account);
    if (found != known.end()) return found->second;
    return known.emplace(account, make_bound(kind, limit, now)).first->second;
}

std::size_t limit_table::size() const {
    const std::lock_guard guard{lock_};
    return count();
}

std::size_t limit_table::count() const {
    std::size_t all = 0;
    for (const auto& known : bounds_)
        all += known.size();
    return all;
}

/// Accounts come from the configuration, of which a long life may see many. Looks only ahead of a
/// call's own look-ups, which keep pointers, and only once there are twice as many as had to stay.
void limit_table::keep_small(const limit_time& now) {
    if (count() <= next_look_) return;
    for (auto& known : bounds_) {
        std::erase_if(known, [&](const auto& one) {
            return std::visit([&](const auto& bound) { return bound.whole(now); }, one.second);
        });
    }
    next_look_ = std::max(forget_from, 2 * count());
}

}  // namespace sluice::gateway
