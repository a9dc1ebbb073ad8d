#include "upstream/routing/destination.hpp"

#include <algorithm>

namespace sluice::upstream {

bool destination::may_relay(api api) const {
    return std::ranges::any_of(candidates, [api](const candidate& one) {
        return one.provider->speaks(api);
    });
}

bool destination::must_relay(api api) const {
    return std::ranges::all_of(candidates, [api](const candidate& one) {
        return one.provider->speaks(api);
    });
}

}  // namespace sluice::upstream
