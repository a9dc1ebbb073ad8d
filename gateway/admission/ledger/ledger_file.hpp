#pragma once

#include "gateway/admission/ledger/sqlite.hpp"

#include <boost/system/result.hpp>

#include <string>

/// The ledger's file: one table, `requests`, whose columns `ledger_file.cpp` lists.
namespace sluice::gateway {

/// Opens the file for the one who writes it; makes it, with mode 0640 whatever the umask, where
/// there is none. Refused, untouched: what is no plain file (a link, too), what is no SQLite
/// database, another program's database, one of a newer version. An error is a sentence that names
/// the file.
boost::system::result<sqlite::database, std::string> open_ledger_to_write(const std::string& path);

/// A ledger that is only read. Nothing is written, not even files beside it.
struct readable_ledger {
    sqlite::database database;  ///< knows `saturated_sum`
    std::string path;           ///< without links
    /// When it was opened nobody wrote it, so no locks were taken on it.
    bool at_rest = false;

    /// Somebody has begun to write it since, though it was at rest: what was read may be wrong.
    bool disturbed() const;
};

/// Opens the file to read it, whether a gateway writes it at the moment or not.
boost::system::result<readable_ledger, std::string> open_ledger_to_read(const std::string& path);

}  // namespace sluice::gateway
