#include "gateway/telemetry/traces/export/export_notices.hpp"

namespace sluice::gateway {

/// Of several threads that ask at once, one is told yes.
bool export_notices::last_time::due(clock::time_point now) {
    auto next = next_.load(std::memory_order_relaxed);
    const auto at = now.time_since_epoch().count();
    if (at < next) return false;
    const auto after = (now + pause).time_since_epoch().count();
    return next_.compare_exchange_strong(next, after, std::memory_order_relaxed);
}

/// One that fails now and then is not told of each time.
bool export_notices::failed(clock::time_point now) {
    if (failing_.load(std::memory_order_relaxed) || !failure_told_.due(now)) return false;
    failing_.store(true, std::memory_order_relaxed);
    return true;
}

bool export_notices::worked() {
    return failing_.load(std::memory_order_relaxed) &&
           failing_.exchange(false, std::memory_order_relaxed);
}

}  // namespace sluice::gateway
