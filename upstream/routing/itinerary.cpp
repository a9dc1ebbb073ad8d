#include "upstream/routing/itinerary.hpp"

#include "upstream/routing/pauses.hpp"

#include <algorithm>
#include <utility>

namespace sluice::upstream {

itinerary::itinerary(std::vector<stop> order, const retry_rules& rules)
    : rules_(rules), allowed_(rules.attempts) {
    places_.reserve(order.size());
    for (const auto& one : order)
        places_.push_back(place{one});
}

itinerary::place& itinerary::at(std::size_t target) {
    return *std::ranges::find(places_, target, &place::target);
}

/// The first that was not asked.
itinerary::place* itinerary::unasked(bool left_alone) {
    const auto found = std::ranges::find_if(places_, [&](const place& one) {
        return !one.out && one.asked == 0 && one.left_alone == left_alone;
    });
    return found == places_.end() ? nullptr : &*found;
}

/// The same among those that are asked as a rule, of a priority where one is named.
itinerary::place* itinerary::regular(std::optional<int> priority) {
    const auto found = std::ranges::find_if(places_, [&](const place& one) {
        return !one.out && one.asked == 0 && !one.left_alone && !one.last_resort &&
               (!priority || one.priority == *priority);
    });
    return found == places_.end() ? nullptr : &*found;
}

std::size_t itinerary::unasked_count() const {
    return static_cast<std::size_t>(std::ranges::count_if(places_, [](const place& one) {
        return !one.out && one.asked == 0;
    }));
}

/// One that failed but may do better: that of the highest priority which was asked least.
itinerary::place* itinerary::repeatable(bool left_alone, bool broken) {
    place* best = nullptr;
    for (auto& one : places_) {
        if (one.out || one.asked == 0 || one.left_alone != left_alone) continue;
        if (one.broken && !broken) continue;
        const auto rank = std::pair{one.priority, one.asked};
        if (best == nullptr || rank < std::pair{best->priority, best->asked}) best = &one;
    }
    return best;
}

itinerary::step itinerary::take(place& chosen, double chance) {
    step made{chosen.target, {}, chosen.left_alone, chosen.asked > 0};
    if (made.again) made.pause = std::max(chosen.rest, backoff(rules_, chosen.asked - 1, chance));
    ++chosen.asked;
    ++made_;
    priority_ = chosen.priority;
    return made;
}

std::optional<itinerary::step> itinerary::next(double chance) {
    if (end_ || made_ >= allowed_) return std::nullopt;
    if (priority_) {
        if (auto* other = regular(priority_)) return take(*other, chance);
        auto* same = repeatable(false, false);
        const auto left = static_cast<std::size_t>(allowed_ - made_);
        // Who wants to be left alone is waited for only where nobody else can be asked.
        const bool rests = same != nullptr && same->rest.count() > 0 && unasked(false) != nullptr;
        if (same != nullptr && !rests && left > unasked_count()) return take(*same, chance);
    }
    if (auto* other = unasked(false)) return take(*other, chance);
    if (auto* other = unasked(true)) return take(*other, chance);
    if (auto* same = repeatable(false, true)) return take(*same, chance);
    if (auto* same = repeatable(true, true)) return take(*same, chance);
    return std::nullopt;
}

std::optional<itinerary::step> itinerary::beside() {
    if (end_ || made_ >= allowed_) return std::nullopt;
    auto* other = regular(priority_);
    if (other == nullptr) other = regular({});
    if (other == nullptr) return std::nullopt;
    return take(*other, 0);
}

void itinerary::put_off(std::size_t target) {
    give_back(target);
    at(target).left_alone = true;
    // The others keep their order.
    const auto found = std::ranges::find(places_, target, &place::target);
    std::rotate(found, found + 1, places_.end());
}

void itinerary::declined(std::size_t target) {
    give_back(target);
    at(target).out = true;
}

void itinerary::give_back(std::size_t target) {
    --at(target).asked;
    --made_;
}

void itinerary::failed(std::size_t target, remedy remedy, std::optional<milliseconds> rest) {
    auto& place = at(target);
    switch (remedy) {
        case remedy::none:
            end_ = true;
            break;
        case remedy::skip:
            --made_;
            place.out = true;
            break;
        case remedy::elsewhere:
            place.out = true;
            break;
        case remedy::again:
            place.rest = rest.value_or(milliseconds{0});
            // Who wants to be left alone for longer than anybody waits is not asked again.
            if (place.rest > rules_.backoff_max) place.out = true;
            break;
    }
}

void itinerary::broke_off(std::size_t target) {
    made_ = 0;
    end_ = false;
    priority_.reset();
    at(target).broken = true;
    for (auto& one : places_)
        one.asked = one.broken ? 1 : 0;
}

}  // namespace sluice::upstream
