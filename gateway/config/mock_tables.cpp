#include "gateway/config/mock_tables.hpp"

#include "gateway/config/mock_values.hpp"

#include <chrono>
#include <cstdint>
#include <string_view>

namespace sluice::gateway {

using namespace std::chrono_literals;
using namespace upstream::mock;

namespace {

constexpr std::uint64_t slots_max = 1'000'000;
constexpr double slowdown_max = 1000;
constexpr std::uint64_t per_minute_max = 1'000'000'000;
constexpr std::uint64_t blocks_max = 10'000'000;  // their numbers take half a gigabyte

void check_change(const node& map, change& change, problems& problems) {
    const auto written = [&](std::string_view key) { return map.find(key) != nullptr; };
    if (!written("ttft") && !written("gap") && !written("stall") && !written("error"))
        problems.add(map.at, "the change needs one of 'ttft', 'gap', 'stall' and 'error'");
    if (!written("error") && change.chance != 1) problems.add(map.at, "'chance' needs 'error'");
    if (change.every && *change.every <= change.lasts)
        problems.add(map.find("every")->at, "'every' must be longer than 'for'");
    if (change.every && change.lasts.count() == 0)
        problems.add(map.find("every")->at, "'every' needs 'for'");
}

}  // namespace

const section<queue_settings>& queue_table() {
    static const section<queue_settings> table{
        {},
        {make_field<queue_settings>(
             "slots",
             "Answers at once; further requests wait. 0 is any number.",
             &queue_settings::slots,
             integer_value{0, slots_max}
         ),
         make_field<queue_settings>(
             "waiting",
             "How many requests may wait; further ones get 429. 0 is any number.",
             &queue_settings::waiting_max,
             integer_value{0, slots_max}
         ),
         make_field<queue_settings>(
             "slowdown",
             "How much longer a token takes with all slots taken: 1 is twice as long.",
             &queue_settings::slowdown,
             number_value{0, slowdown_max}
         )},
        " for a queue",
        [](const node& map, queue_settings& queue, problems& problems) {
            if (queue.slots != 0 || (queue.waiting_max == 0 && queue.slowdown == 0)) return;
            problems.add(map.at, "'waiting' and 'slowdown' need 'slots'");
        }};
    return table;
}

const section<limit_settings>& limit_table() {
    const integer_value count{0, per_minute_max};
    static const section<limit_settings> table{
        {},
        {make_field<limit_settings>(
             "requests_per_minute",
             "Requests that a key has in a minute; 0 is any number.",
             &limit_settings::requests_per_minute,
             count
         ),
         make_field<limit_settings>(
             "tokens_per_minute",
             "Tokens of prompts and answers that a key has in a minute; 0 is any number.",
             &limit_settings::tokens_per_minute,
             count
         )},
        " for limits"};
    return table;
}

const section<cache_settings>& cache_table() {
    static const section<cache_settings> table{
        {},
        {make_field<cache_settings>(
             "ttl",
             "How long a prompt stays in the cache after its last use.",
             &cache_settings::ttl,
             duration_value{1ms, 24h}
         ),
         make_field<cache_settings>(
             "blocks",
             "How many blocks of 64 tokens it holds.",
             &cache_settings::blocks_max,
             integer_value{1, blocks_max}
         )},
        " for a cache"};
    return table;
}

const section<chance_of_fault>& fault_table() {
    static const section<chance_of_fault> table{
        {},
        {make_field<chance_of_fault>(
             "chance",
             "Of each request: 0.01 is one in a hundred.",
             &chance_of_fault::chance,
             number_value{0, 1},
             true
         ),
         make_field<chance_of_fault>(
             "error",
             "What happens, in the words of X-Mock-Error.",
             &chance_of_fault::error,
             fault_value{},
             true
         )},
        " for a fault"};
    return table;
}

const section<change>& change_table() {
    const duration_value time{0ms, 24h};
    static const section<change> table{
        {},
        {make_field<change>("at", "When it begins, from the start on.", &change::at, time),
         make_field<change>("for", "How long it lasts; 0ms is for ever.", &change::lasts, time),
         make_field<change>(
             "every", "Again after so long.", &change::every, duration_value{1ms, 24h}
         ),
         make_field<change>(
             "ttft",
             "What the wait for the first token is multiplied by, as x4.",
             &change::ttft_factor,
             factor_value{}
         ),
         make_field<change>(
             "gap",
             "What the time between tokens is multiplied by, as x2.",
             &change::gap_factor,
             factor_value{}
         ),
         make_field<change>("stall", "No token comes meanwhile.", &change::stall, flag_value{}),
         make_field<change>(
             "error",
             "What happens to requests that begin meanwhile, in the words of X-Mock-Error.",
             &change::error,
             fault_value{}
         ),
         make_field<change>(
             "chance", "That a request has the error.", &change::chance, number_value{0, 1}
         )},
        " for a change",
        check_change};
    return table;
}

}  // namespace sluice::gateway
