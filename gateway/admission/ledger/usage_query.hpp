#pragma once

#include "gateway/admission/ledger/sqlite.hpp"
#include "gateway/admission/ledger/usage_command.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::gateway {

/// What is to be summed, and by what.
struct usage_query {
    std::vector<std::string> by;             ///< at least one of key, model, ..., `label:NAME`
    std::optional<std::int64_t> since = {};  ///< Unix milliseconds
    std::optional<std::int64_t> until = {};  ///< not included
    std::string key;                         ///< empty: all
    std::string model;                       ///< empty: all
};

/// Understands the options of `sluice usage` that say what is asked. An error is a sentence that
/// names the option.
boost::system::result<usage_query, std::string> parse_usage_query(const usage_options& options);

/// Sums of some requests. What none of them told is nothing rather than zero.
struct usage_sums {
    std::int64_t requests = 0;
    std::optional<std::int64_t> input_tokens = {};
    std::optional<std::int64_t> cached_tokens = {};
    std::optional<std::int64_t> output_tokens = {};
    std::optional<std::int64_t> reasoning_tokens = {};
    std::optional<std::int64_t> cost = {};  ///< billionths
    std::int64_t errors = 0;  ///< ended by a fault: no limit, no client and no operator did

    bool operator==(const usage_sums&) const = default;
};

struct usage_row {
    std::vector<std::optional<std::string>> groups;  ///< nothing: the key has no such label
    usage_sums sums;
};

/// Rows are in the order of their groups.
struct usage_report {
    std::vector<std::string> by;
    std::vector<usage_row> rows;
    usage_sums total;
};

/// Asks a ledger, over a connection that knows `saturated_sum`. An error is SQLite's.
boost::system::result<usage_report, std::string> read_usage(
    sqlite3* database, const usage_query& query
);

}  // namespace sluice::gateway
