#include "gateway/admission/prices.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>

namespace sluice::gateway {

namespace {

/// As many as the meter lets through: products stay far from where they would overflow.
constexpr std::int64_t tokens_max = 1'000'000'000;

bool matches(const price_entry& entry, std::string_view provider, std::string_view model) {
    if (!entry.provider.empty() && entry.provider != provider) return false;
    const std::string_view name = entry.model;
    if (!name.ends_with('*')) return name == model;
    return model.starts_with(name.substr(0, name.size() - 1));
}

/// How much of a target an entry names: a whole name before any beginning, a longer beginning
/// before a shorter one, a provider before none.
std::size_t weight(const price_entry& entry) {
    const bool whole = !entry.model.ends_with('*');
    return (whole ? std::size_t{1} << 20U : entry.model.size() * 2) + !entry.provider.empty();
}

}  // namespace

const token_price* find_price(
    const std::vector<price_entry>& prices, std::string_view provider, std::string_view model
) {
    const price_entry* best = nullptr;
    for (const auto& entry : prices) {
        if (!matches(entry, provider, model)) continue;
        if (!best || weight(entry) > weight(*best)) best = &entry;
    }
    return best ? &best->price : nullptr;
}

const token_price* find_price(const std::vector<price_entry>& prices, std::string_view target) {
    const auto slash = std::min(target.find('/'), target.size());
    return find_price(
        prices, target.substr(0, slash), target.substr(std::min(slash + 1, target.size()))
    );
}

std::int64_t cost_of(const token_price& price, const upstream::usage& usage) {
    const auto told = [](const std::optional<std::int64_t>& tokens) {
        return std::clamp<std::int64_t>(tokens.value_or(0), 0, tokens_max);
    };
    const auto input = told(usage.input_tokens);
    const auto cached = std::min(told(usage.cached_tokens), input);
    const auto written = std::min(told(usage.cache_write_tokens), input - cached);
    return (input - cached - written) * price.input +
           cached * price.cached_input.value_or(price.input) +
           written * price.cache_write.value_or(price.input) +
           told(usage.output_tokens) * price.output;
}

}  // namespace sluice::gateway
