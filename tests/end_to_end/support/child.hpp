#pragma once

#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/socket.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace sluice::end_to_end {

/// Opens a new file for writing.
unique_fd create_file(const std::filesystem::path& path);

/// Starts a program with our environment (without proxies) plus `environment`.
pid_t spawn(
    const std::string& program,
    const std::vector<std::string>& arguments,
    const environment_map& environment,
    int out,
    int err
);

/// The exit code, 128 + N after signal N; nothing when it still runs at the end of `limit`.
std::optional<int> wait_for_child(pid_t pid, milliseconds limit);

/// Kills and collects it.
void kill_child(pid_t pid);

}  // namespace sluice::end_to_end
