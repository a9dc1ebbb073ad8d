#pragma once

#include "gateway/admission/ledger/usage_query.hpp"

#include <cstdint>
#include <iosfwd>
#include <string>

/// A usage report in its written forms. Names in it are what clients sent.
namespace sluice::gateway {

/// Billionths as a decimal, exact, with two places at least: "0.50", "12.000000001".
std::string decimal_of_billionths(std::int64_t billionths);

/// Aligned for people, a line for each row and one for the total. What was not told is `-`. No
/// name can move the cursor; one of more than 60 columns is cut.
void write_usage_table(const usage_report& report, std::ostream& out);

/// An array of objects, ASCII only. What was not told is null; costs are exact decimals.
void write_usage_json(const usage_report& report, std::ostream& out);

/// RFC 4180, with a header. What was not told is empty. A cell that a spreadsheet could take for a
/// formula begins with `'`; control characters are shown as in the table, but for tabs and line
/// ends, which quotes hold.
void write_usage_csv(const usage_report& report, std::ostream& out);

}  // namespace sluice::gateway
