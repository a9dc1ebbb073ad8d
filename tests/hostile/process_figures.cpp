#include "tests/hostile/process_figures.hpp"

#include "tests/end_to_end/support/socket.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <system_error>
#include <unistd.h>

namespace sluice::hostile {
namespace {

std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string path_of(pid_t process, const char* name) {
    return "/proc/" + std::to_string(process) + "/" + name;
}

/// A line of /proc/PID/status that is given in kB.
std::size_t status_bytes(pid_t process, const std::string& name) {
    std::istringstream lines(file_text(path_of(process, "status")));
    for (std::string line; std::getline(lines, line);) {
        if (line.rfind(name + ":", 0) == 0) return std::stoull(line.substr(name.size() + 1)) * 1024;
    }
    throw end_to_end::harness_error("no " + name + " of process " + std::to_string(process));
}

/// The fields of /proc/PID/stat behind the name, which may hold anything.
std::istringstream stat_behind_name(pid_t process) {
    const auto text = file_text(path_of(process, "stat"));
    const auto name_end = text.rfind(')');
    return std::istringstream(name_end == std::string::npos ? "" : text.substr(name_end + 1));
}

bool is_our_child(pid_t process) {
    auto fields = stat_behind_name(process);
    std::string state;
    pid_t parent = 0;
    fields >> state >> parent;
    return parent == ::getpid();
}

}  // namespace

pid_t process_of(const end_to_end::gateway_process& gateway) {
    const auto folder = gateway.folder().path().string();
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const auto name = entry.path().filename().string();
        pid_t process = 0;
        const auto read = std::from_chars(name.data(), name.data() + name.size(), process);
        if (read.ec != std::errc() || !is_our_child(process)) continue;
        if (file_text(path_of(process, "cmdline")).find(folder) != std::string::npos)
            return process;
    }
    throw end_to_end::harness_error("no process of the gateway in " + folder);
}

std::size_t open_descriptors(pid_t process) {
    std::error_code hidden;
    const std::filesystem::directory_iterator all(path_of(process, "fd"), hidden);
    if (hidden) return 0;
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t peak_resident_bytes(pid_t process) {
    return status_bytes(process, "VmHWM");
}

std::size_t resident_bytes(pid_t process) {
    return status_bytes(process, "VmRSS");
}

std::size_t processor_ms(pid_t process) {
    auto fields = stat_behind_name(process);
    constexpr int fields_before_times = 11;
    std::string skipped;
    for (int i = 0; i < fields_before_times; ++i)
        fields >> skipped;
    std::size_t user = 0;
    std::size_t system = 0;
    fields >> user >> system;
    return (user + system) * 1000 / static_cast<std::size_t>(::sysconf(_SC_CLK_TCK));
}

}  // namespace sluice::hostile
