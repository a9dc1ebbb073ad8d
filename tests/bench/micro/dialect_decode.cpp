#include "gateway/dialects/dialect.hpp"
#include "tests/bench/micro/measuring.hpp"
#include "tests/bench/micro/samples.hpp"

#include <benchmark/benchmark.h>
#include <string>
#include <utility>

namespace sluice::bench {

namespace {

/// Each request brings a body of its own, so that copying it is part of the figure.
void decode(
    benchmark::State& state,
    const gateway::dialect& dialect,
    const std::string& body,
    conversation length
) {
    bool right = true;
    for (auto _ : state) {
        auto decoded = dialect.decode(body);
        right &= decoded && decoded->call.request.messages.size() == messages_of(length);
        benchmark::DoNotOptimize(decoded);
    }
    expect(state, right, "the request was refused or lost messages");
    report(state, {1, body.size()});
}

void dialect_decode_chat(benchmark::State& state, conversation length) {
    decode(state, gateway::openai_chat_dialect(), chat_body(length), length);
}
BENCHMARK_CAPTURE(dialect_decode_chat, small, conversation::small);
BENCHMARK_CAPTURE(dialect_decode_chat, large, conversation::large);

/// What the transparent way needs of a request. The body is handed back for the next round.
void dialect_outline_chat(benchmark::State& state, conversation length) {
    auto body = chat_body(length);
    const auto bytes = body.size();
    bool right = true;
    for (auto _ : state) {
        auto outlined = gateway::openai_chat_dialect().outline(body);
        right &= outlined && outlined->call.body.size() == bytes;
        if (outlined) body = std::move(outlined->call.body);
    }
    expect(state, right, "there was doubt about the request, or its body was lost");
    report(state, {1, bytes});
}
BENCHMARK_CAPTURE(dialect_outline_chat, small, conversation::small);
BENCHMARK_CAPTURE(dialect_outline_chat, large, conversation::large);

void dialect_decode_native(benchmark::State& state, conversation length) {
    decode(state, gateway::native_dialect(), native_body(length), length);
}
BENCHMARK_CAPTURE(dialect_decode_native, small, conversation::small);
BENCHMARK_CAPTURE(dialect_decode_native, large, conversation::large);

}  // namespace

}  // namespace sluice::bench
