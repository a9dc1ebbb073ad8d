#include "gateway/load/mock_server.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace sluice::gateway::load {

namespace {

constexpr std::size_t last_words_max = 2000;
constexpr std::string_view announcement = "listening on ";

struct pipe_ends {
    descriptor read;
    descriptor write;
};

pipe_ends open_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::system_error(errno, std::generic_category(), "pipe");
    return {descriptor(ends[0]), descriptor(ends[1])};
}

/// In the child: nothing here may allocate, for the parent has other threads.
[[noreturn]] void become_server(int output, int log, char* const* arguments, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // Ctrl-C is for the client, which ends the server when it has finished.
    ::setpgid(0, 0);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(log, STDERR_FILENO);
    ::execv("/proc/self/exe", arguments);
    ::_exit(127);
}

}  // namespace

boost::system::result<std::unique_ptr<mock_server>, std::string> mock_server::start(
    const std::string& config
) {
    std::unique_ptr<mock_server> made(new mock_server);
    if (!made->launch(config) || !made->await_address())
        return "the mock server did not start: " + made->complaint();
    return made;
}

bool mock_server::launch(const std::string& config) {
    std::vector<std::string> words{"sluice", "serve", "--listen", "127.0.0.1:0"};
    if (!config.empty()) words.insert(words.end(), {"--config", config});
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pipe_ends output = open_pipe();
    pipe_ends log = open_pipe();
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) become_server(output.write.get(), log.write.get(), arguments.data(), parent);
    if (process_ < 0) return false;
    output_ = std::move(output.read);
    log_ = std::move(log.read);
    listening_ = std::thread([this] {
        std::array<char, 4096> bytes{};
        for (ssize_t size = 0; (size = ::read(log_.get(), bytes.data(), bytes.size())) > 0;) {
            const std::lock_guard lock(mutex_);
            log_end_.append(bytes.data(), static_cast<std::size_t>(size));
            if (log_end_.size() > last_words_max)
                log_end_.erase(0, log_end_.size() - last_words_max);
        }
    });
    return true;
}

bool mock_server::await_address() {
    std::string said;
    std::array<char, 256> bytes{};
    while (said.find('\n') == std::string::npos) {
        const ssize_t size = ::read(output_.get(), bytes.data(), bytes.size());
        if (size <= 0) return false;
        said.append(bytes.data(), static_cast<std::size_t>(size));
    }
    if (!said.starts_with(announcement)) return false;
    url_ = said.substr(announcement.size(), said.find('\n') - announcement.size());
    return true;
}

std::string mock_server::complaint() {
    if (process_ < 0) return std::strerror(errno);
    ::kill(process_, SIGKILL);
    ::waitpid(std::exchange(process_, -1), nullptr, 0);
    listening_.join();
    return last_words();
}

bool mock_server::is_running() const {
    siginfo_t ended{};
    const int looked =
        ::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT);
    return looked == 0 && ended.si_pid == 0;
}

std::string mock_server::last_words() {
    const std::lock_guard lock(mutex_);
    return log_end_.empty() ? "it said nothing" : log_end_;
}

/// Streams that are left are not waited for.
mock_server::~mock_server() {
    if (process_ > 0) {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    if (listening_.joinable()) listening_.join();
}

}  // namespace sluice::gateway::load
