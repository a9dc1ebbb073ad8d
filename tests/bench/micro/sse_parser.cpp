#include "sse/parser.hpp"
#include "tests/bench/micro/measuring.hpp"
#include "tests/bench/micro/samples.hpp"

#include <benchmark/benchmark.h>
#include <cstdint>
#include <random>
#include <vector>

namespace sluice::bench {

namespace {

/// Counts the frames that are complete and bear the chunk of the samples.
std::size_t take_tokens(sse::parser& parser) {
    std::size_t tokens = 0;
    while (const auto frame = parser.next()) {
        benchmark::DoNotOptimize(frame->raw.data());
        tokens += frame->dispatched && frame->data.size() == token_chunk().size();
    }
    return tokens;
}

void feed(benchmark::State& state, const std::vector<std::string_view>& pieces, work each) {
    sse::parser parser;
    std::size_t tokens = 0;
    for (auto _ : state) {
        for (const auto piece : pieces) {
            parser.feed(piece);
            tokens += take_tokens(parser);
        }
    }
    const auto expected = static_cast<std::size_t>(state.iterations()) * each.items;
    expect(state, tokens == expected, "a frame was lost or mangled");
    report(state, each);
}

/// The read in pieces of 1 to 400 bytes: two frames at most, wherever they are cut.
std::vector<std::string_view> cut_anywhere(std::string_view text) {
    std::minstd_rand lengths(1);
    std::vector<std::string_view> pieces;
    while (!text.empty()) {
        pieces.push_back(text.substr(0, 1 + lengths() % 400));
        text.remove_prefix(pieces.back().size());
    }
    return pieces;
}

void sse_parser_one_frame(benchmark::State& state) {
    feed(state, {token_frame()}, {1, token_frame().size()});
}
BENCHMARK(sse_parser_one_frame);

void sse_parser_one_read(benchmark::State& state) {
    feed(state, {token_read()}, {read_frames, token_read().size()});
}
BENCHMARK(sse_parser_one_read);

void sse_parser_cut_anywhere(benchmark::State& state) {
    feed(state, cut_anywhere(token_read()), {read_frames, token_read().size()});
}
BENCHMARK(sse_parser_cut_anywhere);

}  // namespace

}  // namespace sluice::bench
