#include "upstream/mock/model_state.hpp"

#include <algorithm>

namespace sluice::upstream::mock {
namespace {

/// Chances are drawn apart from times, which `seed_of` is for.
constexpr std::uint64_t chances = 0x6661756c74U;

bool happens(double chance, dice& dice) {
    return static_cast<double>(dice.roll() >> 11U) * 0x1p-53 < chance;
}

}  // namespace

model_state::model_state(const mock_settings& settings, time_point beginning)
    : slots(settings.queue),
      limit(settings.limits),
      caching(settings.cache),
      timeline_(settings.changes, beginning),
      faults_(settings.faults),
      seed_(settings.seed) {}

fault model_state::fault_of(std::uint64_t number, time_point at) const {
    dice dice(mix(seed_of(number), chances));
    fault found;
    timeline_.errors_at(at, [&](const change& change) {
        if (happens(change.chance, dice)) found = change.error;
        return static_cast<bool>(found);
    });
    for (const chance_of_fault& one : faults_) {
        if (found) break;
        if (happens(one.chance, dice)) found = one.error;
    }
    return found;
}

double model_state::memory_use() const {
    const auto room =
        static_cast<double>(caching.blocks_max) * static_cast<double>(caching.block_tokens);
    const auto held = static_cast<double>(done.held_tokens.load(std::memory_order_relaxed));
    return room > 0 ? std::min(held / room, 1.0) : 0;
}

}  // namespace sluice::upstream::mock
