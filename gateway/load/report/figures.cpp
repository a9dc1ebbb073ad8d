#include "gateway/load/report/figures.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::gateway::load {

namespace {

constexpr std::int64_t ns_per_s = 1'000'000'000;
// A day, in 4 MB; what comes later counts in the last second.
constexpr std::int64_t seconds_max = 24 * 60 * 60;
// An example may quote a server's page.
constexpr std::size_t example_bytes_max = 4096;

/// Cut so that no UTF-8 character is left in part.
std::string shortened(std::string text) {
    if (text.size() <= example_bytes_max) return text;
    std::size_t end = example_bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    text.resize(end);
    return text + " ...";
}

}  // namespace

void integrity::add(const integrity& other) {
    checked += other.checked;
    lost += other.lost;
    doubled += other.doubled;
    disordered += other.disordered;
    altered += other.altered;
    foreign += other.foreign;
    miscounted += other.miscounted;
}

void interval::add(const interval& other) {
    due += other.due;
    started += other.started;
    ended += other.ended;
    errors += other.errors;
    live += other.live;
    events += other.events;
    bytes += other.bytes;
}

void figures::add(const figures& other) {
    due += other.due;
    started += other.started;
    whole += other.whole;
    failed += other.failed;
    aborted += other.aborted;
    unended += other.unended;
    met_objectives += other.met_objectives;
    resumed += other.resumed;
    reconnected += other.reconnected;
    events += other.events;
    bytes += other.bytes;
    input_tokens += other.input_tokens;
    output_tokens += other.output_tokens;
    content.add(other.content);
    for (std::size_t i = 0; i < times.size(); ++i)
        times[i].add(other.times[i]);
    for (const auto& [kind, count] : other.errors)
        errors[kind] += count;
    for (const std::string& example : other.examples)
        note_example(example);
    const std::size_t room = records_max - std::min(records_max, records.size());
    std::copy_n(
        other.records.begin(), std::min(room, other.records.size()), std::back_inserter(records)
    );
    seconds.resize(std::max(seconds.size(), other.seconds.size()));
    for (std::size_t i = 0; i < other.seconds.size(); ++i)
        seconds[i].add(other.seconds[i]);
    loop_lag.add(other.loop_lag);
    cpu_s += other.cpu_s;
}

interval& figures::second(std::int64_t at_ns) {
    const auto which =
        static_cast<std::size_t>(std::clamp<std::int64_t>(at_ns / ns_per_s, 0, seconds_max - 1));
    if (which >= seconds.size()) seconds.resize(which + 1);
    return seconds[which];
}

void figures::note_example(std::string text) {
    if (examples.size() >= examples_max) return;
    text = shortened(std::move(text));
    const bool known = std::find(examples.begin(), examples.end(), text) != examples.end();
    if (!known) examples.push_back(std::move(text));
}

}  // namespace sluice::gateway::load
