#pragma once

#include "gateway/admission/ledger/ledger.hpp"
#include "gateway/admission/ledger/sqlite.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace sluice::gateway {

/// Sums what keys and models have spent, from a connection that knows `saturated_sum`. Accounts
/// that spent nothing are not in it. An error is SQLite's.
boost::system::result<std::vector<spent_cost>, std::string> read_spent(
    sqlite3* database, std::chrono::system_clock::time_point now
);

}  // namespace sluice::gateway
