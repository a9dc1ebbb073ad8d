#pragma once

#include "gateway/admission/ledger/ledger.hpp"
#include "gateway/admission/ledger/record_row.hpp"
#include "gateway/admission/ledger/sqlite.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sluice::gateway {

/// The ledger's queue and the thread that empties it into the file, which that thread alone
/// touches. `tell` is called on it, too, and on those that call `spent`.
class ledger_writer final : public ledger {
 public:
    /// Records that wait at most; beyond it the oldest go.
    static constexpr std::size_t records_max = 65'536;

    ledger_writer(
        sqlite::database database, std::string path, std::function<void(const std::string&)> tell
    );
    ~ledger_writer() override;

    void add(ledger_record record) override;
    void close() override;
    std::uint64_t lost() const override;
    std::vector<spent_cost> spent(std::chrono::system_clock::time_point now) const override;

 private:
    using clock = std::chrono::steady_clock;
    using records = std::deque<ledger_record>;

    void run();
    bool write_out(const records& batch);
    bool insert(const records& batch);
    void take_back(records batch);
    bool rest_after_failure(std::unique_lock<std::mutex>& lock);

    const std::string path_;
    const std::function<void(const std::string&)> tell_;

    mutable std::mutex mutex_;
    std::condition_variable news_;
    records waiting_;  // oldest first
    clock::time_point first_added_;
    std::uint64_t lost_ = 0;
    bool closing_ = false;
    clock::time_point closed_at_;

    // Of the thread alone.
    sqlite::database database_;
    std::optional<record_insertion> insertion_;
    bool in_trouble_ = false;
    std::chrono::milliseconds pause_{0};

    std::mutex join_mutex_;
    std::thread thread_;
};

}  // namespace sluice::gateway
