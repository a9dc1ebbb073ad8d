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

}  // namespace

std::optional<route_table::match> route_table::find(std::string_view model) const {
    std::optional<match> best;
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const auto& name = names_[i];
        if (name == model && !name.ends_with('*')) return match{i, {}};
        const auto rest = wildcard_rest(name, model);
        if (rest && !rest->empty() && (!best || name.size() > names_[best->index].size()))
            best = match{i, *rest};
    }
    return best;
}

std::string fill_wildcard(std::string_view target, std::string_view rest) {
    const auto star = target.find('*');
    if (star == std::string_view::npos) return std::string{target};
    return std::string{target.substr(0, star)}.append(rest).append(target.substr(star + 1));
}

}  // namespace sluice::upstream
