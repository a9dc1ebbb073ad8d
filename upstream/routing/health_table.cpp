#include "upstream/routing/health_table.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace sluice::upstream {

namespace {

/// How many make room at once, so that a client that makes names up costs one search in so many.
constexpr std::size_t evicted_at_once = health_table::models_max / 8;

}  // namespace

std::shared_ptr<target_health> health_table::find(
    const std::string& provider,
    const std::string& model,
    const breaker_rules& rules,
    time_point now,
    const std::string& configured
) {
    if (model.size() > name_bytes_max) return std::make_shared<target_health>(rules);
    std::pair key(provider, model);
    const std::lock_guard lock(mutex_);
    auto found = known_.find(key);
    if (found == known_.end()) {
        if (known_.size() >= models_max) make_room(now);
        auto made = std::make_shared<target_health>(rules);
        if (known_.size() >= models_max) return made;
        place kept{std::move(made), configured.empty() ? model : configured};
        found = known_.emplace(std::move(key), std::move(kept)).first;
    } else {
        found->second.health->adopt(rules);
    }
    found->second.asked = ++questions_;
    return found->second.health;
}

/// Of those that nobody holds, the ones go first that are well, and of these the ones that were not
/// asked for the longest. Nobody can take hold of one meanwhile: that goes by this table, or by
/// somebody who holds it.
void health_table::make_room(time_point now) {
    std::vector<std::tuple<bool, std::uint64_t, places::iterator>> unused;
    for (auto at = known_.begin(); at != known_.end(); ++at) {
        const auto& known = at->second;
        if (known.health.use_count() > 1) continue;
        const bool open = known.health->look(now).state != breaker::state::closed;
        unused.emplace_back(open, known.asked, at);
    }
    const auto count = std::min(unused.size(), evicted_at_once);
    const auto rank = [](const auto& one) { return std::pair(std::get<0>(one), std::get<1>(one)); };
    std::ranges::nth_element(unused, unused.begin() + static_cast<std::ptrdiff_t>(count), {}, rank);
    for (std::size_t i = 0; i < count; ++i) {
        const auto at = std::get<2>(unused[i]);
        const auto opened = at->second.health->told().opened;
        if (opened > 0) opened_before_[{at->first.first, at->second.configured}] += opened;
        known_.erase(at);
    }
}

std::map<health_table::target_name, std::int64_t> health_table::opened() const {
    const std::lock_guard lock(mutex_);
    auto sums = opened_before_;
    for (const auto& [key, known] : known_)
        sums[{key.first, known.configured}] += known.health->told().opened;
    return sums;
}

std::vector<health_table::entry> health_table::all() const {
    const std::lock_guard lock(mutex_);
    std::vector<entry> every;
    every.reserve(known_.size());
    for (const auto& [key, known] : known_)
        every.push_back({key.first, key.second, known.health});
    return every;
}

}  // namespace sluice::upstream
