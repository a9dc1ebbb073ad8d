#include "upstream/routing/route_table.hpp"

namespace sluice::upstream {

namespace {

/// What the trailing `*` of a pattern matches, or nothing.
std::optional<std::string_view> wildcard_rest(std::string_view pattern, std::string_view model) {
    if (!pattern.ends_with('*')) return std::nullopt;
    pattern.remove_suffix(1);
    if (!model.starts_with(pattern)) return std::nullopt;
    return model.substr(pattern.size());
}

std::string fill(std::string_view target, std::string_view rest) {
    const auto star = target.find('*');
    if (star == std::string_view::npos) return std::string{target};
    return std::string{target.substr(0, star)}.append(rest).append(target.substr(star + 1));
}

}  // namespace

std::optional<route_table::match> route_table::find(std::string_view model) const {
    std::optional<std::size_t> best;
    std::string_view best_rest;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const auto& name = entries_[i].name;
        if (name == model && !name.ends_with('*')) return match{i, entries_[i].target_model};
        const auto rest = wildcard_rest(name, model);
        if (rest && !rest->empty() && (!best || name.size() > entries_[*best].name.size())) {
            best = i;
            best_rest = *rest;
        }
    }
    if (!best) return std::nullopt;
    return match{*best, fill(entries_[*best].target_model, best_rest)};
}

}  // namespace sluice::upstream
