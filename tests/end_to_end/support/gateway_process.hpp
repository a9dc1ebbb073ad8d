#pragma once

#include "tests/end_to_end/support/http.hpp"
#include "tests/end_to_end/support/raw_client.hpp"
#include "tests/end_to_end/support/socket.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sluice::end_to_end {

/// A folder of one test, removed with its contents.
class temporary_folder {
 public:
    temporary_folder();
    ~temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    /// Writes a file and returns its path.
    std::string write(const std::string& name, std::string_view text) const;
    std::string read(const std::string& name) const;

 private:
    std::filesystem::path path_;
};

using environment_map = std::map<std::string, std::string>;

/// The program under test: `SLUICE_BINARY` of the environment, else the one this build made.
std::string sluice_binary();

struct command_result {
    int exit_code = -1;  ///< 128 + N when signal N ended it
    std::string out;
    std::string err;
};

/// Runs the program to its end. Standard output and error are captured whole.
command_result run_sluice(
    const std::vector<std::string>& arguments, const environment_map& environment = {}
);

struct gateway_options {
    std::string yaml;  ///< the configuration; empty: none, with --listen on a free port
    std::vector<std::string> arguments;  ///< after `serve`
    environment_map environment;
};

/// One running gateway of one test, on a free port. Ended with the object; a crash or a sanitizer's
/// report fails the test and shows the end of the log.
class gateway_process {
 public:
    explicit gateway_process(gateway_options options = {});
    explicit gateway_process(const std::string& yaml)
        : gateway_process(gateway_options{yaml, {}, {}}) {}
    ~gateway_process();
    gateway_process(const gateway_process&) = delete;
    gateway_process& operator=(const gateway_process&) = delete;

    std::uint16_t port() const { return port_; }
    const std::string& listening_line() const { return listening_line_; }
    const temporary_folder& folder() const { return folder_; }
    /// All of standard error so far.
    std::string log() const { return folder_.read("stderr"); }
    /// Waits for a line of the log that holds all these texts; empty when none came.
    std::string wait_for_log(const std::vector<std::string>& parts, milliseconds limit = patience);

    raw_client connect() const { return raw_client(port_); }
    /// One request on a connection of its own.
    http_response ask(const request& message) const;

    void signal(int number) const;
    /// The exit code (128 + N for signal N); nothing while it still runs.
    std::optional<int> wait_exit(milliseconds limit = patience);
    std::size_t resident_bytes() const;

 private:
    void start(const gateway_options& options);
    void read_listening_line();
    void stop();
    void report_crash() const;

    temporary_folder folder_;
    pid_t pid_ = -1;
    unique_fd output_;
    std::uint16_t port_ = 0;
    std::string listening_line_;
    std::optional<int> exit_code_;
};

}  // namespace sluice::end_to_end
