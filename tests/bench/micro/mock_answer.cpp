#include "tests/bench/micro/measuring.hpp"
#include "upstream/mock/answer.hpp"

#include <benchmark/benchmark.h>
#include <variant>
#include <vector>

namespace sluice::bench {

namespace {

namespace mock = upstream::mock;

constexpr std::int64_t answer_tokens = 64;

upstream::call question() {
    upstream::call asked;
    asked.request.model = "mock";
    asked.request.messages.emplace_back().content.emplace_back(upstream::text_part{
        "Tell me about rivers"});
    return asked;
}

/// Hands out one answer token by token, each as a turn of its own. The bytes of its text.
std::size_t say(mock::answer& answer, std::vector<upstream::item>& items) {
    std::size_t bytes = 0;
    while (!answer.complete()) {
        items.clear();
        answer.forget();
        answer.next(items);
        for (const auto& item : items) {
            if (const auto* text = std::get_if<upstream::text_delta>(&item))
                bytes += text->text.size();
        }
    }
    return bytes;
}

/// Whole answers of 64 tokens, the making of each included.
void mock_answer(benchmark::State& state) {
    const auto asked = question();
    mock::options options;
    options.tokens = answer_tokens;
    std::vector<upstream::item> items;
    std::size_t bytes = 0;
    bool right = true;
    for (auto _ : state) {
        mock::answer answer(asked, options, 1);
        bytes = say(answer, items);
        right &= answer.tokens() == answer_tokens && bytes > 0;
    }
    expect(state, right, "the answer is too short");
    report(state, {answer_tokens, bytes});
}
BENCHMARK(mock_answer);

}  // namespace

}  // namespace sluice::bench
