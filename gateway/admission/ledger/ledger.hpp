#pragma once

#include "gateway/admission/ledger/record.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::gateway {

/// What a key or a model has spent already, as the ledger knows it.
struct spent_cost {
    std::string account;     ///< "key team-a", "model chat"; as in `demand`
    std::int64_t day = 0;    ///< billionths, of the running UTC day
    std::int64_t month = 0;  ///< of the running UTC month
};

/// The usage ledger: a SQLite file, written by a thread of its own in one transaction at a time, at
/// most half a second after the record was added. A crash of the process loses that half second and
/// nothing else; `close`, or the destructor, writes what waits. Any thread may call anything.
///
/// Where the file cannot be written (a full disk, a lock), records wait, 65,536 of them at most,
/// and `tell` hears of it once for each spell of trouble; beyond that the oldest are lost and
/// counted.
class ledger {
 public:
    /// Opens or makes the file; one that it makes, others than its owner and group cannot read. It
    /// is no link, and no database of another program or of a newer version. An error is a sentence
    /// that names the file. `tell` takes such sentences later, on the ledger's own thread or on the
    /// one that calls `spent`.
    static boost::system::result<std::unique_ptr<ledger>, std::string> open(
        const std::string& path, std::function<void(const std::string&)> tell
    );
    virtual ~ledger() = default;

    /// Costs a mutex and a push; waits for no disk. Texts are cut at 256 bytes.
    virtual void add(ledger_record record) = 0;
    /// Writes what waits and takes no more: what is added later is lost. Returns once all is on
    /// disk, or after 3 seconds in which it could not be written.
    virtual void close() = 0;
    /// Records that were lost since the start.
    virtual std::uint64_t lost() const = 0;
    /// Sums of the running day and month, to be counted on from after a restart, of what is in the
    /// file: records that wait are not in it. Accounts that spent nothing are left out. Reads the
    /// disk; what keeps it from that goes to `tell`.
    virtual std::vector<spent_cost> spent(std::chrono::system_clock::time_point now) const = 0;
};

}  // namespace sluice::gateway
