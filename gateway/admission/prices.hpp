#pragma once

#include "gateway/config/configuration.hpp"
#include "upstream/generation.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// What tokens cost at `provider/model`: the entry that names more of it, one with a provider ahead
/// of one without. Null: it has no price.
const token_price* find_price(
    const std::vector<price_entry>& prices, std::string_view provider, std::string_view model
);
/// The same of a target as answers name theirs: `provider/model`.
const token_price* find_price(const std::vector<price_entry>& prices, std::string_view target);

/// In billionths of the currency. What the provider did not tell counts as nothing.
std::int64_t cost_of(const token_price& price, const upstream::usage& usage);

}  // namespace sluice::gateway
