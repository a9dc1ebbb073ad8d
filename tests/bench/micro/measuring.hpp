#pragma once

#include <benchmark/benchmark.h>
#include <cstddef>
#include <cstdint>

/// What every micro-benchmark says about itself.
namespace sluice::bench {

/// What one iteration goes through.
struct work {
    std::size_t items = 0;  ///< frames, tokens, requests or members
    std::size_t bytes = 0;  ///< of them, as they come in or go out
};

/// Lets the report show items and bytes per second. To be called behind the loop.
inline void report(benchmark::State& state, work each) {
    const auto iterations = static_cast<std::int64_t>(state.iterations());
    state.SetItemsProcessed(iterations * static_cast<std::int64_t>(each.items));
    state.SetBytesProcessed(iterations * static_cast<std::int64_t>(each.bytes));
}

/// A measurement of code that did something else than it should is an error and no figure. `what`
/// says in a few words what should have been.
inline void expect(benchmark::State& state, bool right, const char* what) {
    if (!right) state.SkipWithError(what);
}

}  // namespace sluice::bench
