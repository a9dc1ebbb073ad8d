#include "upstream/routing/summed_usage.hpp"

#include <algorithm>
#include <limits>

namespace sluice::upstream {

namespace {

using count = std::optional<std::int64_t>;

/// What providers tell is theirs: a sum that cannot be is the most that can.
std::int64_t sum(std::int64_t one, std::int64_t other) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    one = std::max<std::int64_t>(one, 0);
    other = std::max<std::int64_t>(other, 0);
    return one > most - other ? most : one + other;
}

/// What is left of one without the other, at least nothing.
std::int64_t difference(std::int64_t one, std::int64_t other) {
    other = std::max<std::int64_t>(other, 0);
    return one > other ? one - other : 0;
}

void add(count& to, const count& more) {
    if (more) to = sum(to.value_or(0), *more);
}

}  // namespace

/// Thoughts stay where they were thought.
std::int64_t summed_usage::part::handed_over() const {
    return difference(output, told.reasoning_tokens.value_or(0));
}

void summed_usage::close(const std::optional<usage>& told, std::int64_t output_items) {
    part closed;
    if (told) closed.told = *told;
    // Some tell one token at the beginning, and how many there were at an end that did not come.
    closed.output =
        std::max({closed.told.output_tokens.value_or(0), output_items, std::int64_t{0}});
    parts_.push_back(closed);
}

/// The input of each attempt, that of the latest last; where it is not told, by its neighbour's:
/// the next attempt was given the same and what this one said.
std::vector<std::optional<std::int64_t>> summed_usage::inputs_with(const usage& latest) const {
    std::vector<count> inputs;
    for (const auto& each : parts_)
        inputs.push_back(each.told.input_tokens);
    inputs.push_back(latest.input_tokens);
    for (std::size_t i = parts_.size(); i-- > 0;) {
        if (!inputs[i] && inputs[i + 1])
            inputs[i] = difference(*inputs[i + 1], parts_[i].handed_over());
    }
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        if (!inputs[i + 1] && inputs[i]) inputs[i + 1] = sum(*inputs[i], parts_[i].handed_over());
    }
    return inputs;
}

usage summed_usage::with(const usage& latest) const {
    if (parts_.empty()) return latest;
    usage all = latest;
    const auto inputs = inputs_with(latest);
    all.input_tokens.reset();
    for (const count& input : inputs)
        add(all.input_tokens, input);
    for (std::size_t i = 0; i < parts_.size(); ++i) {
        const auto& [told, output] = parts_[i];
        if (all.output_tokens) add(all.output_tokens, output);
        if (all.total_tokens) {
            const auto both = sum(inputs[i].value_or(0), output);
            add(all.total_tokens, std::max(told.total_tokens.value_or(0), both));
        }
        add(all.cached_tokens, told.cached_tokens);
        add(all.cache_write_tokens, told.cache_write_tokens);
        add(all.reasoning_tokens, told.reasoning_tokens);
        add(all.input_audio_tokens, told.input_audio_tokens);
        add(all.output_audio_tokens, told.output_audio_tokens);
    }
    return all;
}

}  // namespace sluice::upstream
