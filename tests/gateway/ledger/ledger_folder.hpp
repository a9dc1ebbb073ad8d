#pragma once

#include "gateway/admission/ledger/ledger.hpp"
#include "gateway/admission/ledger/ledger_file.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace sluice::gateway::testing {

/// A folder of one test, removed with its contents.
class ledger_folder {
 public:
    ledger_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "ledger-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        folder_ = name;
    }
    ~ledger_folder() { std::filesystem::remove_all(folder_); }
    ledger_folder(const ledger_folder&) = delete;
    ledger_folder& operator=(const ledger_folder&) = delete;

    std::string path(const std::string& name = "usage.db") const { return folder_ / name; }

    std::string write(const std::string& name, std::string_view text) const {
        std::ofstream(path(name), std::ios::binary) << text;
        return path(name);
    }

 private:
    std::filesystem::path folder_;
};

/// What a ledger told while it was at work.
class heard {
 public:
    void add(const std::string& sentence) {
        const std::lock_guard lock(mutex_);
        sentences_.push_back(sentence);
        news_.notify_all();
    }
    std::vector<std::string> all() const {
        const std::lock_guard lock(mutex_);
        return sentences_;
    }
    /// Whether it has told, or tells soon, so many sentences.
    bool waits_for(std::size_t count) {
        std::unique_lock lock(mutex_);
        return news_.wait_for(lock, std::chrono::seconds(20), [&] {
            return sentences_.size() >= count;
        });
    }
    auto teller() {
        return [this](const std::string& sentence) { add(sentence); };
    }

 private:
    mutable std::mutex mutex_;
    std::condition_variable news_;
    std::vector<std::string> sentences_;
};

/// For a ledger that has nothing to tell.
inline void expect_silence(const std::string& sentence) {
    ADD_FAILURE() << sentence;
}

inline std::unique_ptr<ledger> opened(
    const std::string& path, std::function<void(const std::string&)> tell = expect_silence
) {
    auto made = ledger::open(path, std::move(tell));
    if (!made) throw std::runtime_error(made.error());
    return std::move(*made);
}

/// Why it is not opened; empty: it is.
inline std::string refusal(const std::string& path) {
    const auto made = ledger::open(path, expect_silence);
    return made ? "" : made.error();
}

inline ledger_record numbered(std::int64_t number) {
    ledger_record record;
    record.started = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
    record.request_id = std::to_string(number);
    return record;
}

inline std::chrono::system_clock::time_point utc(
    int year, unsigned month, unsigned day, std::chrono::milliseconds time = {}
) {
    using namespace std::chrono;
    return sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day)) +
           time;
}

/// The first column of a question's only row, read as another process would.
inline std::int64_t asked_of(const std::string& path, std::string_view question) {
    const auto file = open_ledger_to_read(path);
    if (!file) throw std::runtime_error(file.error());
    const auto value = sqlite::integer_of(file->database.get(), question);
    if (!value) throw std::runtime_error("no answer: " + sqlite::last_error(file->database.get()));
    return *value;
}

inline std::int64_t count_of(const std::string& path) {
    return asked_of(path, "SELECT count(*) FROM requests");
}

/// Whether the file comes to hold so many records soon.
inline bool comes_to_hold(const std::string& path, std::int64_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (count_of(path) != count) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

}  // namespace sluice::gateway::testing
