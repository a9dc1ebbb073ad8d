#include "gateway/dialects/dialect.hpp"
#include "sse/journal.hpp"
#include "tests/bench/micro/measuring.hpp"
#include "tests/bench/micro/samples.hpp"

#include <benchmark/benchmark.h>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::bench {

namespace {

/// Whether `item` becomes one frame that holds `part`. Also warms the encoder up: chat completions
/// say the role ahead of the first token.
bool becomes_frame(
    gateway::stream_encoder& encoder,
    const upstream::item& item,
    sse::journal& journal,
    std::string_view part
) {
    gateway::frame_writer out{journal};
    encoder.encode(item, out);
    const auto before = journal.next_sequence();
    encoder.encode(item, out);
    std::string frame;
    return journal.next_sequence() == before + 1 && journal.read(before, frame) &&
           frame.find(part) != std::string::npos;
}

/// One token into the journal and out of it, over and over.
void encode(
    benchmark::State& state,
    gateway::stream_encoder& encoder,
    const upstream::item& item,
    std::string_view part,
    const std::string& stream_id = {}
) {
    sse::journal::pool pool;
    sse::journal journal{pool};
    bool right = becomes_frame(encoder, item, journal, part);
    const auto first_token = journal.next_sequence();
    const auto first_byte = journal.end_offset();
    gateway::frame_writer out{journal, stream_id};
    for (auto _ : state) {
        encoder.encode(item, out);
        journal.release_before(journal.end_offset());
    }
    const auto tokens = static_cast<std::uint64_t>(state.iterations());
    const auto bytes = journal.end_offset() - first_byte;
    right &= journal.next_sequence() - first_token == tokens;
    expect(state, right, "a token did not become one frame");
    report(state, {1, static_cast<std::size_t>(bytes / tokens)});
}

gateway::stream_names some_names() {
    return {"3-abcdefghijklmnopqrstuv", "gpt-4o", 1747000000};
}

void dialect_encode_native_text(benchmark::State& state) {
    const auto encoder = gateway::native_dialect().encoder({}, some_names(), false);
    encode(
        state,
        *encoder,
        upstream::text_delta{0, token_text},
        R"({"text":" rivers"})",
        some_names().id
    );
}
BENCHMARK(dialect_encode_native_text);

void dialect_encode_chat_text(benchmark::State& state) {
    const auto encoder = gateway::openai_chat_dialect().encoder({}, some_names(), false);
    encode(state, *encoder, upstream::text_delta{0, token_text}, R"("content":" rivers")");
}
BENCHMARK(dialect_encode_chat_text);

void dialect_encode_chat_verbatim(benchmark::State& state) {
    const auto encoder = gateway::openai_chat_dialect().encoder({}, some_names(), true);
    encode(state, *encoder, upstream::verbatim{token_frame(), true}, token_frame());
}
BENCHMARK(dialect_encode_chat_verbatim);

void dialect_encode_text_of(benchmark::State& state, const gateway::dialect& (*dialect)()) {
    const auto encoder = dialect().encoder({}, some_names(), false);
    encode(state, *encoder, upstream::text_delta{0, token_text}, " rivers");
}
BENCHMARK_CAPTURE(dialect_encode_text_of, anthropic, gateway::anthropic_messages_dialect);
BENCHMARK_CAPTURE(dialect_encode_text_of, responses, gateway::openai_responses_dialect);
BENCHMARK_CAPTURE(dialect_encode_text_of, gemini, gateway::gemini_dialect);
BENCHMARK_CAPTURE(dialect_encode_text_of, ollama, gateway::ollama_chat_dialect);
BENCHMARK_CAPTURE(dialect_encode_text_of, ui, gateway::ui_messages_dialect);

}  // namespace

}  // namespace sluice::bench
