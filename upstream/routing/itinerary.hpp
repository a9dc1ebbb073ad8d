#pragma once

#include "upstream/generation.hpp"
#include "upstream/routing/rules.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

namespace sluice::upstream {

/// Which target a request asks next, and when. Pure.
///
/// Other targets of the same priority come first; then the same one once more, as long as enough
/// attempts are left for those that were not asked; then lower priorities; last, those that are to
/// be left alone, since somebody has to answer.
class itinerary {
 public:
    using milliseconds = std::chrono::milliseconds;

    /// A target in the order in which it should be asked.
    struct stop {
        std::size_t target = 0;  ///< of whoever asks
        int priority = 1;
        bool left_alone = false;   ///< its breaker is open
        bool last_resort = false;  ///< it has no weight: for when nobody else can be asked
    };
    itinerary(std::vector<stop> order, const retry_rules& rules);

    struct step {
        std::size_t target = 0;
        milliseconds pause{0};
        bool forced = false;  ///< it is to be left alone, but no other is left
        bool again = false;   ///< it failed this request already
    };
    /// Nothing: it is the end. `chance` is in [0, 1). Taken at once: it counts as an attempt.
    std::optional<step> next(double chance);
    /// A target that could be asked beside one that is asked already.
    std::optional<step> beside();

    /// A step was not taken, since the target is to be left alone: it comes last.
    void put_off(std::size_t target);
    /// A step was not taken, since no budget is left for it: the target is not asked again.
    void declined(std::size_t target);
    /// A step beside another was not taken: it may be later.
    void give_back(std::size_t target);
    /// A target failed. `rest`: how long it wants to be left alone.
    void failed(std::size_t target, remedy remedy, std::optional<milliseconds> rest);
    /// A target broke off in the middle: the attempts count anew, and it comes behind the others.
    void broke_off(std::size_t target);

    int attempts() const { return made_; }

 private:
    struct place : stop {
        int asked = 0;
        bool out = false;     ///< not to be asked again by this request
        bool broken = false;  ///< its answer broke off in the middle
        milliseconds rest{0};
    };
    place& at(std::size_t target);
    place* unasked(bool left_alone);
    place* regular(std::optional<int> priority);
    std::size_t unasked_count() const;
    place* repeatable(bool left_alone, bool broken);
    step take(place& chosen, double chance);

    std::vector<place> places_;
    retry_rules rules_;
    int made_ = 0;                 ///< attempts, of which skipped ones are none
    int allowed_ = 0;              ///< attempts in all
    std::optional<int> priority_;  ///< of the target asked last
    bool end_ = false;             ///< the request itself was at fault
};

}  // namespace sluice::upstream
