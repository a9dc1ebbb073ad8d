#include "tests/bench/micro/measuring.hpp"
#include "tests/bench/micro/samples.hpp"
#include "upstream/json_members.hpp"

#include <benchmark/benchmark.h>
#include <string>
#include <string_view>

namespace sluice::bench {

namespace {

/// Over the members of one object; the items of the report are members.
void walk(benchmark::State& state, std::string_view object, std::size_t members_expected) {
    std::size_t members = 0;
    bool found = true;
    for (auto _ : state) {
        upstream::json_walker walker(object);
        bool model = false;
        while (walker.next()) {
            model |= walker.key_is("model");
            ++members;
        }
        found &= model && !walker.failed();
    }
    const auto expected = static_cast<std::size_t>(state.iterations()) * members_expected;
    expect(state, found && members == expected, "a member was not found");
    report(state, {members_expected, object.size()});
}

void json_walker_token(benchmark::State& state) {
    walk(state, token_chunk(), 5);
}
BENCHMARK(json_walker_token);

void json_walker_request(benchmark::State& state, const std::string& body) {
    walk(state, body, 5);
}
BENCHMARK_CAPTURE(json_walker_request, small, chat_body(conversation::small));
BENCHMARK_CAPTURE(json_walker_request, large, chat_body(conversation::large));

}  // namespace

}  // namespace sluice::bench
