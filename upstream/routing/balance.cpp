#include "upstream/routing/balance.hpp"

#include "upstream/mock/hash.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

namespace sluice::upstream {

namespace {

using indices = std::vector<std::size_t>;

/// Every target has some share among those of weight 0, which stand by themselves.
double share_of(const weighed_target& target) {
    return std::max(target.weight, 1);
}

/// What has to be asked first; those of one rank are ordered by the rule.
auto rank_of(const weighed_target& target) {
    const bool left_alone = target.standing.state == breaker::state::open;
    return std::tuple(left_alone, target.weight <= 0, target.priority);
}

std::uint64_t hash_of(std::string_view name) {
    mock::fingerprint print;
    print.add(name);
    return print.value();
}

/// Rendezvous hashing by weight: of many requests each target is first for its share, and those of
/// a target that goes are spread over the others, which keep theirs.
double score_of(const weighed_target& target, std::uint64_t sticky) {
    const auto bits = mock::mix(sticky, hash_of(target.name)) >> 11;
    const double place = (static_cast<double>(bits) + 0.5) * 0x1p-53;  // neither 0 nor 1
    return -share_of(target) / std::log(place);
}

bool lesser_load(const weighed_target& one, const weighed_target& other) {
    const auto load = [](const weighed_target& of, const weighed_target& than) {
        return static_cast<double>(of.standing.outstanding) * share_of(than);
    };
    return load(one, other) < load(other, one);
}

/// One whose time is not known is explored first, but by one request only: the others would all
/// follow it to a target that may be the slowest.
bool lower_ttft(const weighed_target& one, const weighed_target& other) {
    const auto explored = [](const weighed_target& target) {
        return target.standing.ttft.count() == 0 && target.standing.outstanding > 0;
    };
    if (explored(one) || explored(other)) return false;
    return one.standing.ttft < other.standing.ttft;
}

class ordering {
 public:
    ordering(
        const std::vector<weighed_target>& targets,
        balance_rule rule,
        std::optional<std::uint64_t> sticky,
        const chance& dice
    )
        : targets_(targets), rule_(rule), sticky_(sticky), chance_(dice) {}

    void append(indices group, indices& out) const {
        if (sticky_) by_score(group);
        while (!group.empty()) {
            const auto chosen = group.begin() + (sticky_ ? 0 : choose(group));
            out.push_back(*chosen);
            group.erase(chosen);
        }
    }

 private:
    void by_score(indices& group) const {
        std::ranges::stable_sort(group, std::ranges::greater{}, [this](std::size_t index) {
            return score_of(targets_[index], *sticky_);
        });
    }

    std::ptrdiff_t choose(const indices& group) const {
        const auto first = draw(group);
        if (rule_ == balance_rule::weighted || group.size() < 2) return first;
        auto others = group;
        others.erase(others.begin() + first);
        auto second = draw(others);
        if (second >= first) ++second;
        const auto& one = targets_[group[static_cast<std::size_t>(first)]];
        const auto& other = targets_[group[static_cast<std::size_t>(second)]];
        return better(other, one) ? second : first;
    }

    /// By weight, at random.
    std::ptrdiff_t draw(const indices& group) const {
        double total = 0;
        for (const auto index : group)
            total += share_of(targets_[index]);
        double left = chance_() * total;
        std::ptrdiff_t at = 0;
        const auto last = static_cast<std::ptrdiff_t>(group.size()) - 1;
        for (; at < last; ++at) {
            left -= share_of(targets_[group[static_cast<std::size_t>(at)]]);
            if (left < 0) break;
        }
        return at;
    }

    bool better(const weighed_target& one, const weighed_target& other) const {
        return rule_ == balance_rule::least_outstanding ? lesser_load(one, other)
                                                        : lower_ttft(one, other);
    }

    const std::vector<weighed_target>& targets_;
    balance_rule rule_;
    std::optional<std::uint64_t> sticky_;
    const chance& chance_;
};

}  // namespace

std::vector<std::size_t> order_targets(
    const std::vector<weighed_target>& targets,
    balance_rule rule,
    std::optional<std::uint64_t> sticky,
    const chance& dice
) {
    const auto rank = [&](std::size_t index) { return rank_of(targets[index]); };
    const auto back = [&](std::size_t index) { return targets[index].standing.back; };
    indices all(targets.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    std::ranges::stable_sort(all, {}, rank);
    const auto left_alone = std::ranges::find_if(all, [&](std::size_t index) {
        return targets[index].standing.state == breaker::state::open;
    });
    indices order;
    order.reserve(all.size());
    const ordering by_rule(targets, rule, sticky, dice);
    for (auto begin = all.begin(); begin != left_alone;) {
        const auto end = std::find_if(begin, left_alone, [&](std::size_t index) {
            return rank(index) != rank(*begin);
        });
        by_rule.append(indices(begin, end), order);
        begin = end;
    }
    std::ranges::stable_sort(left_alone, all.end(), {}, back);
    order.insert(order.end(), left_alone, all.end());
    return order;
}

}  // namespace sluice::upstream
