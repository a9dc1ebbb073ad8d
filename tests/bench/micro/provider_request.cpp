#include "gateway/dialects/dialect.hpp"
#include "tests/bench/micro/measuring.hpp"
#include "tests/bench/micro/samples.hpp"
#include "upstream/providers/make_codec.hpp"
#include "upstream/providers/openai_chat.hpp"
#include "upstream/providers/openai_request.hpp"

#include <benchmark/benchmark.h>
#include <string>
#include <string_view>

/// The way up through the codec: a decoded call in, the provider's request out.
namespace sluice::bench {

namespace {

constexpr std::string_view target_model = "gpt-4o-2024-08-06";

bool asks_for_usage(std::string_view body) {
    return body.find(R"("include_usage":true)") != std::string_view::npos;
}

bool names_target(std::string_view body) {
    return body.find(R"("model":"gpt-4o-2024-08-06")") != std::string_view::npos;
}

/// The splice alone: another model, and the wish for usage.
void provider_splice(benchmark::State& state, const std::string& body) {
    std::string last;
    for (auto _ : state) {
        auto spliced = upstream::splice_openai_body(body, target_model, true);
        benchmark::DoNotOptimize(spliced);
        last = std::move(spliced).value_or("");
    }
    const bool longer = last.size() > body.size();
    expect(state, longer && asks_for_usage(last) && names_target(last), "the splice went wrong");
    report(state, {1, body.size()});
}
BENCHMARK_CAPTURE(provider_splice, small, chat_body(conversation::small));
BENCHMARK_CAPTURE(provider_splice, large, chat_body(conversation::large));

/// What each attempt costs before it is sent: the codec itself, address, headers and body.
void encode(benchmark::State& state, const gateway::dialect& dialect, const std::string& body) {
    const auto decoded = dialect.decode(body);
    if (!decoded) return state.SkipWithError("the request was refused");
    upstream::provider_settings provider;
    provider.base_url = "https://api.example.com/v1";
    provider.api_key = "sk-0123456789abcdef0123456789abcdef";
    bool right = true;
    for (auto _ : state) {
        const auto codec = upstream::make_openai_chat_codec();
        const auto request = codec->encode(decoded->call, provider, target_model);
        right &= request && request->body.size() > target_model.size();
        benchmark::DoNotOptimize(request);
    }
    const auto codec = upstream::make_openai_chat_codec();
    const auto request = codec->encode(decoded->call, provider, target_model);
    right &= request && asks_for_usage(request->body) && names_target(request->body);
    expect(state, right, "the request is not what was to be asked");
    report(state, {1, body.size()});
}

void provider_request_transparent(benchmark::State& state, conversation length) {
    encode(state, gateway::openai_chat_dialect(), chat_body(length));
}
BENCHMARK_CAPTURE(provider_request_transparent, small, conversation::small);
BENCHMARK_CAPTURE(provider_request_transparent, large, conversation::large);

void provider_request_translated(benchmark::State& state, conversation length) {
    encode(state, gateway::native_dialect(), native_body(length));
}
BENCHMARK_CAPTURE(provider_request_translated, small, conversation::small);
BENCHMARK_CAPTURE(provider_request_translated, large, conversation::large);

/// A chat completion in another provider's words.
void provider_request_to(
    benchmark::State& state,
    upstream::provider_settings::protocol kind,
    std::string_view named_in_body,
    conversation length
) {
    const auto& body = chat_body(length);
    const auto decoded = gateway::openai_chat_dialect().decode(body);
    if (!decoded) return state.SkipWithError("the request was refused");
    upstream::provider_settings provider;
    provider.kind = kind;
    provider.base_url = "https://api.example.com";
    provider.api_key = "sk-0123456789abcdef0123456789abcdef";
    provider.region = "us-east-1";
    provider.access_key_id = "AKIDEXAMPLE";
    provider.secret_access_key = "0123456789abcdef0123456789abcdef";
    bool right = true;
    for (auto _ : state) {
        const auto codec = upstream::make_codec(provider, decoded->call.api, {});
        const auto request = codec->encode(decoded->call, provider, target_model);
        right &= request && request->body.find(named_in_body) != std::string::npos;
        benchmark::DoNotOptimize(request);
    }
    expect(state, right, "the request is not what was to be asked");
    report(state, {1, body.size()});
}
using kind = upstream::provider_settings::protocol;
BENCHMARK_CAPTURE(
    provider_request_to, anthropic_small, kind::anthropic, "max_tokens", conversation::small
);
BENCHMARK_CAPTURE(
    provider_request_to, anthropic_large, kind::anthropic, "max_tokens", conversation::large
);
BENCHMARK_CAPTURE(provider_request_to, gemini_large, kind::gemini, "contents", conversation::large);
BENCHMARK_CAPTURE(
    provider_request_to, watsonx_large, kind::watsonx, "model_id", conversation::large
);
BENCHMARK_CAPTURE(
    provider_request_to, bedrock_large, kind::bedrock, "messages", conversation::large
);

}  // namespace

}  // namespace sluice::bench
