#pragma once

#include "gateway/config/section.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Amounts of money. They are exact: no floating point comes near them, neither here nor in sums.
namespace sluice::gateway {

/// `12.5` with three decimals is 12500. Neither signs nor exponents, nor more decimals than there
/// are; nothing, too, for what is too large.
std::optional<std::int64_t> parse_decimal(std::string_view text, std::size_t decimals);

/// The same back, without zeros at the end; `value` is not negative.
std::string format_decimal(std::int64_t value, std::size_t decimals);

/// An amount from 0 to `max`. What is read is counted in its last decimal.
struct money_value {
    std::size_t decimals;
    std::int64_t max;  ///< whole

    std::optional<std::int64_t> read(const node& value, problems& problems) const;
    json schema() const;
    json write(std::int64_t value) const { return format_decimal(value, decimals); }
};

}  // namespace sluice::gateway
