#include "gateway/http/known_spending.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::gateway {

namespace {

/// The ledger knows models as clients called them; a pattern's bounds are those of its route.
std::vector<spent_cost> by_route(std::vector<spent_cost> known, const catalog& models) {
    constexpr std::string_view prefix = "model ";
    std::map<std::string, spent_cost> sums;
    for (auto& one : known) {
        if (one.account.starts_with(prefix)) {
            const auto found = models.find(std::string_view{one.account}.substr(prefix.size()));
            if (found) one.account = std::string{prefix} + found->route->name;
        }
        auto& sum = sums[one.account];
        sum.account = one.account;
        sum.day += one.day;
        sum.month += one.month;
    }
    std::vector<spent_cost> all;
    for (auto& [account, sum] : sums)
        all.push_back(std::move(sum));
    return all;
}

}  // namespace

void remember_spending(limit_table& limits, const ledger& books, const catalog& models) {
    const auto now = limit_time::now();
    for (const auto& known : by_route(books.spent(now.wall), models))
        limits.seed(known.account, known.day, known.month, now);
}

}  // namespace sluice::gateway
