#include "gateway/http/request_reader.hpp"

#include "tests/bench/micro/measuring.hpp"
#include "tests/bench/micro/samples.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <string>
#include <string_view>

namespace sluice::bench {

namespace {

using gateway::request_reader;

constexpr std::size_t read_bytes = 16U << 10;  // what a session reads at once

/// The request as the official client sends it.
std::string request_of(const std::string& body) {
    return "POST /v1/chat/completions HTTP/1.1\r\n"
           "host: 127.0.0.1:8080\r\n"
           "connection: keep-alive\r\n"
           "content-type: application/json\r\n"
           "accept: application/json\r\n"
           "user-agent: OpenAI/JS 6.49.0\r\n"
           "x-stainless-retry-count: 0\r\n"
           "x-stainless-lang: js\r\n"
           "x-stainless-package-version: 6.49.0\r\n"
           "x-stainless-os: Linux\r\n"
           "x-stainless-arch: x64\r\n"
           "x-stainless-runtime: node\r\n"
           "x-stainless-runtime-version: v20.15.1\r\n"
           "authorization: Bearer sk-0123456789abcdef0123456789abcdef\r\n"
           "content-length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// Reads from `wire` in pieces as long as a session's reads.
request_reader::state read(request_reader& reader, std::string& input, std::string_view wire) {
    auto state = request_reader::state::need_more;
    for (; !wire.empty(); wire.remove_prefix(std::min(read_bytes, wire.size()))) {
        input += wire.substr(0, read_bytes);
        do {
            state = reader.feed(input);
        } while (state == request_reader::state::head_done);
    }
    return state;
}

void request_reader_chat(benchmark::State& state, const std::string& body) {
    const auto wire = request_of(body);
    std::string input;
    bool right = true;
    for (auto _ : state) {
        request_reader reader{{}};
        right &= read(reader, input, wire) == request_reader::state::done;
        right &= reader.request().body.size() == body.size();
        benchmark::DoNotOptimize(reader.request());
    }
    expect(state, right && input.empty(), "the request was not read");
    report(state, {1, wire.size()});
}
BENCHMARK_CAPTURE(request_reader_chat, small, chat_body(conversation::small));
BENCHMARK_CAPTURE(request_reader_chat, large, chat_body(conversation::large));

}  // namespace

}  // namespace sluice::bench
