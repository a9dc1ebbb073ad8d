#include "gateway/admission/ledger/ledger_writer.hpp"

#include "gateway/admission/ledger/ledger_file.hpp"
#include "gateway/admission/ledger/spent.hpp"

#include <algorithm>
#include <iterator>
#include <sqlite3.h>
#include <utility>

namespace sluice::gateway {

namespace {

using std::chrono::milliseconds;

/// Records wait so long for others to share their transaction. With the writing itself that stays
/// below the half second that a crash may cost.
constexpr milliseconds gathering_time{400};
/// So many do not wait for more: a burst is not to push its own beginning out.
constexpr std::size_t records_at_once = ledger_writer::records_max / 4;
constexpr milliseconds first_pause{100};
constexpr milliseconds longest_pause{5'000};
/// How long `close` tries to write to a file that can't be written. Whoever stops the gateway waits
/// for it.
constexpr milliseconds closing_patience{3'000};

std::string counted(std::uint64_t records) {
    return std::to_string(records) + (records == 1 ? " record" : " records");
}

}  // namespace

ledger_writer::ledger_writer(
    sqlite::database database, std::string path, std::function<void(const std::string&)> tell
)
    : path_(std::move(path)),
      tell_(std::move(tell)),
      database_(std::move(database)),
      thread_([this] { run(); }) {}

ledger_writer::~ledger_writer() {
    close();
}

void ledger_writer::add(ledger_record record) {
    cut_texts(record);
    const std::lock_guard lock(mutex_);
    if (closing_) {
        ++lost_;
        return;
    }
    if (waiting_.size() == records_max) {
        waiting_.pop_front();
        ++lost_;
    }
    if (waiting_.empty()) first_added_ = clock::now();
    waiting_.push_back(std::move(record));
    if (waiting_.size() == 1 || waiting_.size() == records_at_once) news_.notify_one();
}

void ledger_writer::close() {
    {
        const std::lock_guard lock(mutex_);
        if (!closing_) closed_at_ = clock::now();
        closing_ = true;
    }
    news_.notify_one();
    const std::lock_guard lock(join_mutex_);
    if (thread_.joinable()) thread_.join();
}

std::uint64_t ledger_writer::lost() const {
    const std::lock_guard lock(mutex_);
    return lost_;
}

std::vector<spent_cost> ledger_writer::spent(std::chrono::system_clock::time_point now) const {
    const auto opened = open_ledger_to_read(path_);
    if (!opened) {
        tell_(opened.error());
        return {};
    }
    auto read = read_spent(opened->database.get(), now);
    if (read) return std::move(*read);
    tell_("cannot read the usage ledger '" + path_ + "': " + read.error());
    return {};
}

void ledger_writer::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        news_.wait(lock, [this] { return closing_ || !waiting_.empty(); });
        if (waiting_.empty()) break;
        news_.wait_until(lock, first_added_ + gathering_time, [this] {
            return closing_ || waiting_.size() >= records_at_once;
        });
        auto batch = std::exchange(waiting_, {});
        lock.unlock();
        const bool written = write_out(batch);
        if (written) batch.clear();
        lock.lock();
        if (written) continue;
        take_back(std::move(batch));
        if (!rest_after_failure(lock)) break;
    }
    lock.unlock();
    insertion_.reset();
    database_.reset();
}

/// In one transaction: all of them, or none.
bool ledger_writer::write_out(const records& batch) {
    auto* database = database_.get();
    bool written = sqlite::run(database, "BEGIN IMMEDIATE") == SQLITE_OK && insert(batch) &&
                   sqlite::run(database, "COMMIT") == SQLITE_OK;
    if (written) {
        in_trouble_ = false;
        return true;
    }
    const std::string why = sqlite::last_error(database);
    if (sqlite3_get_autocommit(database) == 0) sqlite::run(database, "ROLLBACK");
    if (!in_trouble_) {
        in_trouble_ = true;
        pause_ = first_pause;
        tell_("cannot write the usage ledger '" + path_ + "', records wait: " + why);
    }
    return false;
}

bool ledger_writer::insert(const records& batch) {
    if (!insertion_) insertion_.emplace(database_.get());
    if (!insertion_->valid()) {
        insertion_.reset();
        return false;
    }
    return std::ranges::all_of(batch, [this](const ledger_record& record) {
        return insertion_->run(record) == SQLITE_DONE;
    });
}

/// What could not be written is ahead of what has come since.
void ledger_writer::take_back(records batch) {
    const std::size_t room = records_max - waiting_.size();
    while (batch.size() > room) {
        batch.pop_front();
        ++lost_;
    }
    std::ranges::move(waiting_, std::back_inserter(batch));
    waiting_ = std::move(batch);
}

/// Returns false where it is time to give up.
bool ledger_writer::rest_after_failure(std::unique_lock<std::mutex>& lock) {
    if (!closing_) {
        news_.wait_for(lock, pause_, [this] { return closing_; });
        pause_ = std::min(pause_ * 2, longest_pause);
        return true;
    }
    if (clock::now() - closed_at_ < closing_patience) {
        news_.wait_for(lock, first_pause);
        return true;
    }
    const auto given_up = waiting_.size();
    lost_ += given_up;
    waiting_.clear();
    lock.unlock();
    tell_("the usage ledger '" + path_ + "' could not be written: " + counted(given_up) + " lost");
    lock.lock();
    return false;
}

}  // namespace sluice::gateway
