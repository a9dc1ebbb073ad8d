#pragma once

#include "tests/end_to_end/support/child.hpp"
#include "tests/end_to_end/support/gateway_process.hpp"
#include "tests/end_to_end/support/http.hpp"
#include "tests/end_to_end/support/raw_client.hpp"
#include "tests/end_to_end/support/socket.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace sluice::end_to_end {

/// A gateway that the test starts in a way of its own, by another program or with several lines to
/// read from it. Ended with the object.
class bare_gateway {
 public:
    /// Starts a program and waits for so many lines on its standard output.
    bare_gateway(
        const std::string& program, const std::vector<std::string>& arguments, std::size_t lines = 1
    ) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw harness_error("pipe2 failed");
        output_ = unique_fd(ends[0]);
        const unique_fd write_end{ends[1]};
        const unique_fd err = create_file(folder_.path() / "stderr");
        pid_ = spawn(program, arguments, {}, write_end.get(), err.get());
        try {
            read_lines(lines);
        } catch (...) {
            kill_child(pid_);
            throw;
        }
    }

    ~bare_gateway() {
        signal(SIGTERM);
        if (!wait_for_child(pid_, milliseconds(200))) {
            signal(SIGTERM);
            if (wait_for_child(pid_, milliseconds(10'000))) return;
            ADD_FAILURE() << "the gateway did not end after two signals; its log:\n" << log();
            kill_child(pid_);
        }
    }

    bare_gateway(const bare_gateway&) = delete;
    bare_gateway& operator=(const bare_gateway&) = delete;

    pid_t pid() const { return pid_; }
    const std::string& line(std::size_t number) const { return lines_.at(number); }
    /// The port at the end of that line.
    std::uint16_t port(std::size_t number = 0) const {
        const auto& text = line(number);
        const char* digits = text.c_str() + text.rfind(':') + 1;
        return static_cast<std::uint16_t>(std::strtoul(digits, nullptr, 10));
    }
    std::string log() const { return folder_.read("stderr"); }
    void signal(int number) const { ::kill(pid_, number); }

 private:
    void read_lines(std::size_t wanted) {
        const deadline limit{patience};
        std::string text;
        while (static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) < wanted) {
            std::array<char, 512> piece;
            const bool ready = wait_for(output_.get(), POLLIN, limit);
            const auto count = ready ? ::read(output_.get(), piece.data(), piece.size()) : 0;
            if (count <= 0) throw harness_error("too few lines came; the log: " + log());
            text.append(piece.data(), static_cast<std::size_t>(count));
        }
        for (std::size_t at = 0; at < text.size();) {
            const auto end = text.find('\n', at);
            lines_.push_back(text.substr(at, end - at));
            at = end + 1;
        }
    }

    temporary_folder folder_;
    unique_fd output_;
    pid_t pid_ = -1;
    std::vector<std::string> lines_;
};

/// One request on a connection of its own, by a port.
inline http_response ask_at(std::uint16_t port, const request& message) {
    raw_client client(port);
    client.send(message);
    return client.read_response();
}

}  // namespace sluice::end_to_end
