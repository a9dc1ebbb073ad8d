#include "gateway/telemetry/target_figures.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace sluice::gateway {

namespace {

using target_name = std::pair<std::string, std::string>;  // provider, model

bool fits(std::string_view pattern, std::string_view model) {
    const auto star = pattern.find('*');
    if (star == std::string_view::npos) return false;
    const auto before = pattern.substr(0, star);
    const auto after = pattern.substr(star + 1);
    return model.size() > before.size() + after.size() && model.starts_with(before) &&
           model.ends_with(after);
}

/// What the configuration calls targets.
class configured_names {
 public:
    explicit configured_names(const std::vector<model_route>& routes) {
        for (const auto& route : routes) {
            for (const auto& target : route.targets)
                names_.emplace(target.provider, target.model);
        }
    }

    const std::set<target_name>& all() const { return names_; }

    /// Its own name, else the longest pattern that it is behind, else the `*` of its provider.
    target_name of(const target_figures& target) const {
        target_name own(target.provider, target.model);
        if (names_.contains(own)) return own;
        std::string_view best;
        const auto first = names_.lower_bound({target.provider, ""});
        for (auto at = first; at != names_.end() && at->first == target.provider; ++at) {
            if (at->second.size() > best.size() && fits(at->second, target.model))
                best = at->second;
        }
        return {target.provider, best.empty() ? "*" : std::string(best)};
    }

 private:
    std::set<target_name> names_;
};

target_figures nothing_of(const target_name& name) {
    target_figures none;
    none.provider = name.first;
    none.model = name.second;
    return none;
}

void add(target_figures& to, const target_figures& more) {
    to.state = std::max(to.state, more.state);
    to.retry_in = std::max(to.retry_in, more.retry_in);
    to.ttft = std::max(to.ttft, more.ttft);
    to.outstanding += more.outstanding;
    to.attempts += more.attempts;
    to.completed += more.completed;
    to.failed += more.failed;
    to.opened += more.opened;
}

}  // namespace

std::string_view to_string(target_state state) {
    switch (state) {
        case target_state::closed:
            return "closed";
        case target_state::half_open:
            return "half_open";
        case target_state::open:
            break;
    }
    return "open";
}

std::vector<target_figures> with_unasked(
    std::vector<target_figures> known, const std::vector<model_route>& routes
) {
    const configured_names names(routes);
    auto unasked = names.all();
    for (const auto& target : known)
        unasked.erase(names.of(target));
    for (const auto& name : unasked)
        known.push_back(nothing_of(name));
    std::ranges::sort(known, {}, [](const target_figures& one) {
        return std::pair<std::string_view, std::string_view>(one.provider, one.model);
    });
    return known;
}

std::vector<target_figures> by_configured_name(
    const std::vector<target_figures>& known, const std::vector<model_route>& routes
) {
    const configured_names names(routes);
    std::map<target_name, target_figures> sums;
    for (const auto& name : names.all())
        sums.emplace(name, nothing_of(name));
    for (const auto& target : known) {
        const auto name = names.of(target);
        add(sums.try_emplace(name, nothing_of(name)).first->second, target);
    }
    std::vector<target_figures> all;
    all.reserve(sums.size());
    for (auto& [name, sum] : sums)
        all.push_back(std::move(sum));
    return all;
}

}  // namespace sluice::gateway
