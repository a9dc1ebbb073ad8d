#include "sse/journal.hpp"

#include "tests/bench/micro/measuring.hpp"
#include "tests/bench/micro/samples.hpp"

#include <benchmark/benchmark.h>
#include <cstddef>
#include <cstdint>

namespace sluice::bench {

namespace {

/// All that a reader at `offset` would write, in writes of two pieces.
std::uint64_t read_all(const sse::journal& journal, std::uint64_t offset) {
    while (offset < journal.end_offset()) {
        const auto pieces = journal.view(offset);
        benchmark::DoNotOptimize(pieces[0].data());
        benchmark::DoNotOptimize(pieces[1].data());
        offset += pieces[0].size() + pieces[1].size();
    }
    return offset;
}

/// `frames` are appended, written to the one reader, and released behind it.
void pass_through(benchmark::State& state, std::size_t frames) {
    sse::journal::pool pool;
    sse::journal journal{pool};
    std::uint64_t offset = 0;
    for (auto _ : state) {
        for (std::size_t i = 0; i < frames; ++i)
            journal.append(token_frame());
        offset = read_all(journal, offset);
        journal.release_before(offset);
    }
    const auto expected = static_cast<std::uint64_t>(state.iterations()) * frames;
    expect(state, journal.next_sequence() == expected, "a frame was not appended");
    expect(state, journal.bytes_held() == 0, "what was read is still held");
    report(state, {frames, frames * token_frame().size()});
}

void journal_one_frame(benchmark::State& state) {
    pass_through(state, 1);
}
BENCHMARK(journal_one_frame);

void journal_many_frames(benchmark::State& state) {
    pass_through(state, read_frames);
}
BENCHMARK(journal_many_frames);

}  // namespace

}  // namespace sluice::bench
