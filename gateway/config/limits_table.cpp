#include "gateway/config/money.hpp"
#include "gateway/config/tables.hpp"
#include "gateway/config/values.hpp"

#include <array>
#include <cstdint>

namespace sluice::gateway {

namespace {

constexpr std::uint64_t per_minute_max = 1'000'000'000;
constexpr std::uint64_t concurrent_max = 1'000'000;  // as many as there can be connections

constexpr money_value cost{9, 1'000'000'000};  // in billionths it still fits into 64 bits

}  // namespace

const section<usage_limits>& usage_limits_table() {
    const integer_value per_minute{1, per_minute_max};
    static const section<usage_limits> table{
        {},
        {make_field<usage_limits>(
             "requests_per_minute",
             "Most requests within a minute.",
             &usage_limits::requests_per_minute,
             per_minute
         ),
         make_field<usage_limits>(
             "tokens_per_minute",
             "Most tokens of prompts and answers within a minute.",
             &usage_limits::tokens_per_minute,
             per_minute
         ),
         make_field<usage_limits>(
             "concurrent_streams",
             "Most generations at once.",
             &usage_limits::concurrent_streams,
             integer_value{1, concurrent_max}
         ),
         make_field<usage_limits>(
             "cost_per_day",
             "What a day (UTC) may cost, in the currency of the prices.",
             &usage_limits::cost_per_day,
             cost
         ),
         make_field<usage_limits>(
             "cost_per_month",
             "What a month (UTC) may cost, in the currency of the prices.",
             &usage_limits::cost_per_month,
             cost
         )}};
    return table;
}

void check_cost_bounds(const node& root, problems& problems) {
    const node* const prices = root.find("prices");
    const bool priced =
        prices != nullptr && (prices->kind != node::type::list || !prices->children.empty());
    if (priced) return;
    for (const std::string_view part : {"models", "keys"}) {
        const node* const list = root.find(part);
        if (list == nullptr) continue;
        for (const node& item : list->children) {
            const node* const limits = item.find("limits");
            if (limits == nullptr) continue;
            for (const std::string_view bound : {"cost_per_day", "cost_per_month"}) {
                const node* const written = limits->find(bound);
                if (written == nullptr) continue;
                problems.add(
                    written->at,
                    in_quotes(bound) + " needs 'prices': without any, nothing costs anything"
                );
            }
        }
    }
}

}  // namespace sluice::gateway
