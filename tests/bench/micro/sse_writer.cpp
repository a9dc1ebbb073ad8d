#include "sse/writer.hpp"
#include "tests/bench/micro/measuring.hpp"
#include "tests/bench/micro/samples.hpp"

#include <benchmark/benchmark.h>
#include <string>

namespace sluice::bench {

namespace {

void write(benchmark::State& state, const sse::event& event, std::string_view expected) {
    std::string out;
    for (auto _ : state) {
        out.clear();
        sse::append_event(out, event);
        benchmark::DoNotOptimize(out.data());
        benchmark::ClobberMemory();
    }
    expect(state, out == expected, "the event was written otherwise");
    report(state, {1, expected.size()});
}

void sse_writer_data_only(benchmark::State& state) {
    write(state, {.data = token_chunk()}, token_frame());
}
BENCHMARK(sse_writer_data_only);

void sse_writer_native_token(benchmark::State& state) {
    write(
        state,
        {.id = "3-abcdefghijklmnopqrstuv/123", .data = R"({"text":" rivers"})"},
        "id: 3-abcdefghijklmnopqrstuv/123\ndata: {\"text\":\" rivers\"}\n\n"
    );
}
BENCHMARK(sse_writer_native_token);

}  // namespace

}  // namespace sluice::bench
