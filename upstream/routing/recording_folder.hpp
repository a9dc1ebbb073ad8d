#pragma once

#include <boost/system/result.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::upstream {

class recording_folder;

/// A file that is being written. It gets its name when it is complete, and is taken away where it
/// never is. Lives on one worker.
class recording_file {
 public:
    recording_file(std::shared_ptr<recording_folder> folder, std::string name, int descriptor);
    ~recording_file();
    recording_file(const recording_file&) = delete;
    recording_file& operator=(const recording_file&) = delete;

    /// Written by and by, in pieces of some size. After an error, which the folder tells, nothing
    /// more is.
    void append(std::string_view text);
    /// For what is put together in place. Followed by `append`, of nothing if need be.
    std::string& buffer() { return buffer_; }
    void complete();

 private:
    void write_out();
    void give_up(std::string_view what);

    std::shared_ptr<recording_folder> folder_;
    std::string name_;
    int descriptor_;  ///< -1: given up, or complete
    std::string buffer_;
};

/// The folder that recordings go to. Shared by all workers, used from any thread.
class recording_folder : public std::enable_shared_from_this<recording_folder> {
 public:
    /// Told of what cannot be written, once until something can be again. Called on any thread.
    using warning = std::function<void(const std::string&)>;
    using opened = boost::system::result<std::shared_ptr<recording_folder>, std::string>;

    /// Makes the folder where there is none. An error is a sentence that names it.
    static opened open(const std::string& path, warning warn);
    recording_folder(std::string path, int descriptor, warning warn);
    ~recording_folder();
    recording_folder(const recording_folder&) = delete;
    recording_folder& operator=(const recording_folder&) = delete;

    const std::string& path() const { return path_; }
    /// A file for an exchange with that provider. Null, and told, where it cannot be made.
    std::unique_ptr<recording_file> begin(
        std::string_view provider, std::chrono::system_clock::time_point now
    );

 private:
    friend class recording_file;
    void warn(const std::string& text);
    std::string name_for(std::string_view provider, std::chrono::system_clock::time_point now);

    std::string path_;
    int descriptor_;
    warning warn_;
    std::atomic<bool> warned_{false};
    std::atomic<std::uint64_t> begun_{0};
};

/// UTC: `20261126T140102.123`, or `2026-11-26T14:01:02.123Z`.
std::string compact_time(std::chrono::system_clock::time_point at);
std::string readable_time(std::chrono::system_clock::time_point at);

}  // namespace sluice::upstream
