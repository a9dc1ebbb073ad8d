#include "gateway/config/money.hpp"

#include "gateway/config/scalars.hpp"
#include "gateway/config/values.hpp"

#include <algorithm>
#include <charconv>

namespace sluice::gateway {

std::optional<std::int64_t> parse_decimal(std::string_view text, std::size_t decimals) {
    const std::size_t point = std::min(text.find('.'), text.size());
    const auto whole = parse_integer(text.substr(0, point));
    if (!whole || text.ends_with('.')) return std::nullopt;
    const std::string_view fraction = text.substr(std::min(point + 1, text.size()));
    const bool digits = fraction.find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits || fraction.size() > decimals) return std::nullopt;
    std::string shifted = std::to_string(*whole);
    shifted.append(fraction).append(decimals - fraction.size(), '0');
    std::int64_t value = 0;
    const char* const end = shifted.data() + shifted.size();
    if (std::from_chars(shifted.data(), end, value).ec != std::errc()) return std::nullopt;
    return value;
}

std::string format_decimal(std::int64_t value, std::size_t decimals) {
    std::string digits = std::to_string(value);
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    std::string fraction = digits.substr(digits.size() - decimals);
    digits.resize(digits.size() - decimals);
    fraction.resize(fraction.find_last_not_of('0') + 1);
    return fraction.empty() ? digits : digits + "." + fraction;
}

std::optional<std::int64_t> money_value::read(const node& value, problems& problems) const {
    const std::string most = std::to_string(max);
    const std::string wanted = "an amount between 0 and " + most + " with at most " +
                               std::to_string(decimals) + " decimals, without quotes";
    const auto text = read_text(value, wanted, problems);
    if (!text) return std::nullopt;
    const auto amount = is_bare(value) ? parse_decimal(*text, decimals) : std::nullopt;
    if (amount && *amount <= parse_decimal(most, decimals)) return amount;
    report_value(value, wanted, problems);
    return std::nullopt;
}

json money_value::schema() const {
    return or_reference({{"type", "number"}, {"minimum", 0}, {"maximum", max}});
}

}  // namespace sluice::gateway
