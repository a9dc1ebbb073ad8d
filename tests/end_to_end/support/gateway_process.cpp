#include "tests/end_to_end/support/gateway_process.hpp"

#include "tests/end_to_end/support/child.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <unistd.h>

namespace sluice::end_to_end {
namespace {

std::string tail(const std::string& text, std::size_t bytes = 6000) {
    return text.size() <= bytes ? text : "..." + text.substr(text.size() - bytes);
}

bool holds_sanitizer_report(const std::string& log) {
    for (const char* mark :
         {"ERROR: AddressSanitizer",
          "ERROR: LeakSanitizer",
          "WARNING: ThreadSanitizer",
          "runtime error:",
          "terminate called",
          "Assertion '"}) {
        if (log.find(mark) != std::string::npos) return true;
    }
    return false;
}

bool is_crash(int exit_code) {
    for (const int number : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE}) {
        if (exit_code == 128 + number) return true;
    }
    return false;
}

}  // namespace

temporary_folder::temporary_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "sluice-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw harness_error("mkdtemp failed");
    path_ = name;
}

temporary_folder::~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string temporary_folder::write(const std::string& name, std::string_view text) const {
    const auto path = path_ / name;
    const unique_fd own = create_file(path);  // mode 0600: secrets may stand in it
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
}

std::string temporary_folder::read(const std::string& name) const {
    std::ostringstream text;
    std::ifstream file(path_ / name, std::ios::binary);
    if (file) text << file.rdbuf();
    return text.str();
}

std::string sluice_binary() {
    const char* named = std::getenv("SLUICE_BINARY");
    return named != nullptr && *named != '\0' ? named : SLUICE_BINARY_PATH;
}

command_result run_sluice(
    const std::vector<std::string>& arguments, const environment_map& environment
) {
    const temporary_folder folder;
    const unique_fd out = create_file(folder.path() / "stdout");
    const unique_fd err = create_file(folder.path() / "stderr");
    const pid_t pid = spawn(sluice_binary(), arguments, environment, out.get(), err.get());
    const auto code = wait_for_child(pid, patience);
    if (!code) kill_child(pid);
    return {code.value_or(-1), folder.read("stdout"), folder.read("stderr")};
}

gateway_process::gateway_process(gateway_options options) {
    start(options);
    try {
        read_listening_line();
    } catch (...) {
        kill_child(pid_);  // the destructor does not run for an object that was never whole
        throw;
    }
}

gateway_process::~gateway_process() {
    stop();
    report_crash();
}

void gateway_process::start(const gateway_options& options) {
    std::vector<std::string> arguments{"serve"};
    if (options.yaml.empty()) {
        arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0"});
    } else {
        arguments.insert(arguments.end(), {"--config", folder_.write("sluice.yaml", options.yaml)});
    }
    arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw harness_error("pipe2 failed");
    output_ = unique_fd(ends[0]);
    const unique_fd write_end{ends[1]};
    const unique_fd err = create_file(folder_.path() / "stderr");
    pid_ = spawn(sluice_binary(), arguments, options.environment, write_end.get(), err.get());
}

void gateway_process::read_listening_line() {
    const deadline limit{patience};
    std::string text;
    while (text.find('\n') == std::string::npos) {
        std::array<char, 512> piece;
        const bool ready = wait_for(output_.get(), POLLIN, limit);
        const auto count = ready ? ::read(output_.get(), piece.data(), piece.size()) : 0;
        if (count <= 0) throw harness_error("the gateway does not listen; its log: " + tail(log()));
        text.append(piece.data(), static_cast<std::size_t>(count));
    }
    listening_line_ = text.substr(0, text.find('\n'));
    const auto colon = listening_line_.rfind(':');
    port_ =
        static_cast<std::uint16_t>(std::strtoul(listening_line_.c_str() + colon + 1, nullptr, 10));
    if (port_ == 0) throw harness_error("no port in '" + listening_line_ + "'");
}

void gateway_process::signal(int number) const {
    if (!exit_code_) ::kill(pid_, number);
}

std::optional<int> gateway_process::wait_exit(milliseconds limit) {
    if (!exit_code_) exit_code_ = wait_for_child(pid_, limit);
    return exit_code_;
}

/// A drain, cut short at once by the second signal; killed when that has no effect.
void gateway_process::stop() {
    signal(SIGTERM);
    if (!wait_exit(milliseconds(200))) signal(SIGTERM);
    if (wait_exit(milliseconds(10'000))) return;
    ADD_FAILURE() << "the gateway did not end after two signals; its log:\n" << tail(log());
    kill_child(pid_);
    exit_code_ = 128 + SIGKILL;
}

void gateway_process::report_crash() const {
    const std::string text = log();
    if (!is_crash(exit_code_.value_or(0)) && !holds_sanitizer_report(text)) return;
    ADD_FAILURE() << "the gateway broke (exit code " << exit_code_.value_or(0) << "); its log:\n"
                  << tail(text);
}

http_response gateway_process::ask(const request& message) const {
    raw_client client(port_);
    client.send(message);
    return client.read_response();
}

std::string gateway_process::wait_for_log(
    const std::vector<std::string>& parts, milliseconds limit
) {
    std::string found;
    const auto holds_all = [&](const std::string& line) {
        return std::all_of(parts.begin(), parts.end(), [&](const auto& part) {
            return line.find(part) != std::string::npos;
        });
    };
    eventually(
        [&] {
            std::istringstream lines(log());
            for (std::string line; std::getline(lines, line);) {
                if (holds_all(line)) found = line;
            }
            return !found.empty();
        },
        limit
    );
    return found;
}

std::size_t gateway_process::resident_bytes() const {
    std::ifstream statm("/proc/" + std::to_string(pid_) + "/statm");
    std::size_t total = 0;
    std::size_t resident = 0;
    statm >> total >> resident;
    return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace sluice::end_to_end
