#include "tests/end_to_end/support/child.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace sluice::end_to_end {
namespace {

bool names_a_proxy(const std::string& variable) {
    std::string name = variable.substr(0, variable.find('='));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
        return static_cast<char>(std::tolower(c));
    });
    return name.find("_proxy") != std::string::npos;
}

/// What the address sanitizer keeps of freed memory is its own: without a bound no test could say
/// how much the program holds.
constexpr const char* sanitizer_bound = "ASAN_OPTIONS=quarantine_size_mb=8";

std::vector<std::string> environment_with(const environment_map& added) {
    std::vector<std::string> variables;
    if (getenv("ASAN_OPTIONS") == nullptr) variables.emplace_back(sanitizer_bound);
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string variable = *entry;
        const bool replaced = added.count(variable.substr(0, variable.find('='))) > 0;
        if (!replaced && !names_a_proxy(variable)) variables.push_back(variable);
    }
    for (const auto& [name, value] : added)
        variables.push_back(name + "=" + value);
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

unique_fd create_file(const std::filesystem::path& path) {
    unique_fd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_APPEND, 0600)};
    if (!file) throw harness_error("cannot create " + path.string());
    return file;
}

pid_t spawn(
    const std::string& program,
    const std::vector<std::string>& arguments,
    const environment_map& environment,
    int out,
    int err
) {
    std::vector<std::string> words{program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<std::string> variables = environment_with(environment);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    pid_t pid = -1;
    const int error = ::posix_spawn(
        &pid,
        program.c_str(),
        &actions,
        nullptr,
        pointers_to(words).data(),
        pointers_to(variables).data()
    );
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) throw harness_error("cannot start " + program + ": " + std::strerror(error));
    return pid;
}

std::optional<int> wait_for_child(pid_t pid, milliseconds limit) {
    int status = 0;
    const bool over = eventually([&] { return ::waitpid(pid, &status, WNOHANG) == pid; }, limit);
    if (!over) return std::nullopt;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void kill_child(pid_t pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
}

}  // namespace sluice::end_to_end
