#include "gateway/admission/ledger/spent.hpp"

#include <cstdint>
#include <sqlite3.h>
#include <string_view>
#include <utility>

namespace sluice::gateway {

namespace {

/// Bounds in Unix milliseconds; ends are not included.
struct running_times {
    std::int64_t day = 0;
    std::int64_t day_end = 0;
    std::int64_t month = 0;
    std::int64_t month_end = 0;
};

running_times times_at(std::chrono::system_clock::time_point now) {
    using namespace std::chrono;
    const auto day = floor<days>(now);
    const year_month_day date(day);
    const auto month = date.year() / date.month();
    const auto begin = [](sys_days when) {
        return duration_cast<milliseconds>(when.time_since_epoch()).count();
    };
    return {
        .day = begin(day),
        .day_end = begin(day + days(1)),
        .month = begin(sys_days(month / 1)),
        .month_end = begin(sys_days((month + months(1)) / 1))};
}

constexpr std::string_view by_key =
    "SELECT key, saturated_sum(cost) FILTER (WHERE started >= ?1 AND started < ?2), "
    "saturated_sum(cost) FROM requests "
    "WHERE started >= ?3 AND started < ?4 AND cost > 0 AND key <> '' GROUP BY key";
constexpr std::string_view by_model =
    "SELECT model, saturated_sum(cost) FILTER (WHERE started >= ?1 AND started < ?2), "
    "saturated_sum(cost) FROM requests "
    "WHERE started >= ?3 AND started < ?4 AND cost > 0 GROUP BY model";

/// Whether all could be read.
bool add_accounts(
    sqlite3* database,
    std::string_view question,
    const running_times& times,
    std::string_view kind,
    std::vector<spent_cost>& into
) {
    sqlite::statement asked(database, question);
    if (!asked.valid()) return false;
    asked.bind(1, times.day);
    asked.bind(2, times.day_end);
    asked.bind(3, times.month);
    asked.bind(4, times.month_end);
    int code = SQLITE_ROW;
    while ((code = asked.step()) == SQLITE_ROW) {
        into.push_back(
            {.account = std::string(kind) + asked.text_or_null(0).value_or(""),
             .day = asked.integer_or_null(1).value_or(0),
             .month = asked.integer_or_null(2).value_or(0)}
        );
    }
    return code == SQLITE_DONE;
}

}  // namespace

boost::system::result<std::vector<spent_cost>, std::string> read_spent(
    sqlite3* database, std::chrono::system_clock::time_point now
) {
    const auto times = times_at(now);
    std::vector<spent_cost> spent;
    if (!add_accounts(database, by_key, times, "key ", spent) ||
        !add_accounts(database, by_model, times, "model ", spent)) {
        return sqlite::last_error(database);
    }
    return spent;
}

}  // namespace sluice::gateway
