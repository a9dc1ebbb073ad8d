#pragma once

#include "gateway/admission/ledger/record.hpp"
#include "gateway/admission/ledger/sqlite.hpp"

namespace sluice::gateway {

/// Bytes that are kept of a text that clients choose, such as the name of a model.
inline constexpr std::size_t ledger_text_bytes_max = 256;

/// Cuts what is longer, between characters, so that what waits to be written is bounded.
void cut_texts(ledger_record& record);

/// The statement that writes one record; prepared once, run for each.
class record_insertion {
 public:
    explicit record_insertion(sqlite3* database);

    bool valid() const { return statement_.valid(); }
    /// SQLITE_DONE, or what went wrong.
    int run(const ledger_record& record);

 private:
    sqlite::statement statement_;
};

}  // namespace sluice::gateway
