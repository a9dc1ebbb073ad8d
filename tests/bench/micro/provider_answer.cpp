#include "tests/bench/micro/measuring.hpp"
#include "tests/bench/micro/samples.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_chat.hpp"

#include <benchmark/benchmark.h>
#include <memory>
#include <string_view>
#include <variant>

/// The way back through the codec: bytes of a provider's stream in, items out.
namespace sluice::bench {

namespace {

std::unique_ptr<upstream::codec> codec_of(upstream::api api) {
    upstream::call asked;
    asked.api = api;
    asked.body = chat_body(conversation::small);
    upstream::provider_settings provider;
    provider.base_url = "https://api.example.com/v1";
    auto codec = upstream::make_openai_chat_codec();
    (void)codec->encode(asked, provider, "gpt-4o");
    return codec;
}

/// The bytes that a batch passes on as they came.
std::size_t verbatim_bytes(const upstream::batch& batch) {
    std::size_t bytes = 0;
    for (const auto& item : batch.items) {
        if (const auto* frame = std::get_if<upstream::verbatim>(&item))
            bytes += frame->bytes.size();
    }
    return bytes;
}

/// The bytes of text in a batch.
std::size_t text_bytes(const upstream::batch& batch) {
    std::size_t bytes = 0;
    for (const auto& item : batch.items) {
        if (const auto* text = std::get_if<upstream::text_delta>(&item)) bytes += text->text.size();
    }
    return bytes;
}

/// One turn after the other of a stream that never ends; the last one is what is left to look at.
upstream::batch feed(benchmark::State& state, upstream::codec& codec, std::string_view wire) {
    upstream::batch out;
    for (auto _ : state) {
        out.clear();
        codec.feed(wire, out);
        benchmark::DoNotOptimize(out.items.data());
        benchmark::ClobberMemory();
    }
    return out;
}

void provider_answer_transparent(
    benchmark::State& state, std::string_view wire, std::size_t tokens
) {
    const auto codec = codec_of(upstream::api::openai_chat);
    const auto last = feed(state, *codec, wire);
    expect(state, !last.ending && verbatim_bytes(last) == wire.size(), "bytes were lost");
    report(state, {tokens, wire.size()});
}
BENCHMARK_CAPTURE(provider_answer_transparent, one_frame, token_frame(), 1);
BENCHMARK_CAPTURE(provider_answer_transparent, one_read, token_read(), read_frames);

void provider_answer_translated(
    benchmark::State& state, std::string_view wire, std::size_t tokens
) {
    const auto codec = codec_of(upstream::api::native);
    const auto last = feed(state, *codec, wire);
    const bool right = text_bytes(last) == tokens * token_text.size();
    expect(state, !last.ending && right, "text was lost");
    report(state, {tokens, wire.size()});
}
BENCHMARK_CAPTURE(provider_answer_translated, one_frame, token_frame(), 1);
BENCHMARK_CAPTURE(provider_answer_translated, one_read, token_read(), read_frames);

/// One token in the words of another protocol.
void provider_answer_of(
    benchmark::State& state,
    upstream::provider_settings::protocol kind,
    upstream::api spoken,
    std::string_view opening,
    std::string_view wire
) {
    upstream::provider_settings provider;
    provider.kind = kind;
    provider.base_url = "https://api.example.com";
    provider.apis = {spoken};
    const auto codec = upstream::make_codec(provider, upstream::api::native, {});
    (void)codec->encode({}, provider, "model");
    upstream::batch begun;
    codec->feed(opening, begun);
    const auto last = feed(state, *codec, wire);
    expect(state, !last.ending && text_bytes(last) == token_text.size(), "text was lost");
    report(state, {1, wire.size()});
}
using kind = upstream::provider_settings::protocol;
using upstream::api;
BENCHMARK_CAPTURE(
    provider_answer_of,
    anthropic,
    kind::anthropic,
    api::openai_chat,
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,"
    "\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":"
    "{\"type\":\"text_delta\",\"text\":\" rivers\"}}\n\n"
);
BENCHMARK_CAPTURE(
    provider_answer_of,
    responses,
    kind::openai,
    api::openai_responses,
    "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\","
    "\"output_index\":0,\"item\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":"
    "\"assistant\",\"content\":[]}}\n\n",
    "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
    "\"sequence_number\":4,\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,"
    "\"delta\":\" rivers\",\"logprobs\":[]}\n\n"
);
BENCHMARK_CAPTURE(
    provider_answer_of,
    gemini,
    kind::gemini,
    api::openai_chat,
    "",
    "data: {\"candidates\": [{\"content\": {\"parts\": [{\"text\": \" rivers\"}],\"role\": "
    "\"model\"},\"index\": 0}],\"usageMetadata\": {\"promptTokenCount\": 9,"
    "\"candidatesTokenCount\": 2,\"totalTokenCount\": 11},\"modelVersion\": \"g\"}\r\n\r\n"
);
BENCHMARK_CAPTURE(
    provider_answer_of,
    ollama,
    kind::ollama,
    api::openai_chat,
    "",
    "{\"model\":\"granite3.3:8b\",\"created_at\":\"2026-01-01T00:00:00Z\",\"message\":{\"role\":"
    "\"assistant\",\"content\":\" rivers\"},\"done\":false}\n"
);

}  // namespace

}  // namespace sluice::bench
