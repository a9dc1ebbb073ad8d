#include "tests/faults/far_side.hpp"

#include "tests/faults/faulty_provider.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <poll.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sluice::faults {
namespace {

using end_to_end::deadline;
using end_to_end::unique_fd;
using end_to_end::wait_for;

constexpr const char* near_address = "10.213.99.1";
constexpr const char* near_device = "sluice-near";
constexpr const char* far_device = "sluice-far";
constexpr end_to_end::milliseconds reply_limit{10'000};

/// A queue without a place for any packet; of the kernel's plainest kind, which is always there.
constexpr const char* no_queue = " root pfifo limit 0";

bool run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

void write_file(const std::string& path, const std::string& text) {
    std::ofstream(path) << text;
}

/// As root, or as root of a user namespace of one's own.
bool enter_namespace() {
    if (::unshare(CLONE_NEWNET) == 0) return true;
    const auto user = std::to_string(::getuid());
    const auto group = std::to_string(::getgid());
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", "0 " + user + " 1");
    write_file("/proc/self/gid_map", "0 " + group + " 1");
    return true;
}

bool set_up(const std::string& device, const std::string& ip) {
    return run("ip address add " + ip + "/24 dev " + device) &&
           run("ip link set " + device + " up") && run("ip link set lo up");
}

bool drop_what_leaves(const char* device) {
    return run(std::string("tc qdisc replace dev ") + device + no_queue);
}

void let_leave(const char* device) {
    run(std::string("tc qdisc del dev ") + device + " root");
}

std::array<unique_fd, 2> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw end_to_end::harness_error("pipe2 failed");
    return {unique_fd(ends[0]), unique_fd(ends[1])};
}

template <class Value>
bool read_value(int fd, Value& into) {
    if (!wait_for(fd, POLLIN, deadline{reply_limit})) return false;
    return ::read(fd, &into, sizeof into) == static_cast<ssize_t>(sizeof into);
}

template <class Value>
bool write_value(int fd, const Value& value) {
    return ::write(fd, &value, sizeof value) == static_cast<ssize_t>(sizeof value);
}

}  // namespace

far_side::far_side() {
    if (!run("ip -V") || !run("tc -V")) {
        obstacle_ = "the commands ip and tc (iproute2) are not installed";
    } else if (!enter_namespace()) {
        obstacle_ = std::string("no network namespace can be made here: ") + std::strerror(errno);
    } else {
        build();
    }
}

far_side::~far_side() {
    commands_.reset();
    if (child_ > 0) ::waitpid(child_, nullptr, 0);
}

void far_side::build() {
    auto [command_read, command_write] = make_pipe();
    auto [reply_read, reply_write] = make_pipe();
    child_ = ::fork();
    if (child_ == 0) {
        command_write.reset();
        run_child(command_read.get(), reply_write.get());
        ::_exit(0);
    }
    commands_ = std::move(command_write);
    replies_ = std::move(reply_read);
    reply_write.reset();
    char ready = 0;
    const auto pair = std::string("ip link add ") + near_device + " type veth peer name " +
                      far_device + " netns " + std::to_string(child_);
    const bool built = child_ > 0 && read_value(replies_.get(), ready) && run(pair) &&
                       set_up(near_device, near_address) && write_value(commands_.get(), 'b') &&
                       read_value(replies_.get(), port_) && port_ != 0;
    if (!built) obstacle_ = "no pair of virtual Ethernet devices can be made here";
}

/// The far side: a namespace of its own, the provider, and a loop that does as it is told.
void far_side::run_child(int commands, int replies) {
    ::signal(SIGPIPE, SIG_IGN);
    if (::unshare(CLONE_NEWNET) != 0) return;
    write_value(replies, 'r');
    std::optional<faulty_provider> provider;
    for (char what = 0; ::read(commands, &what, 1) == 1;) {
        if (what == 'b') {
            std::uint16_t port = 0;
            if (set_up(far_device, address)) port = provider.emplace(address).port();
            write_value(replies, port);
            continue;
        }
        bool done = true;
        if (what == 'd') {
            done = drop_what_leaves(far_device);
        } else {
            let_leave(far_device);
        }
        write_value(replies, done ? what : '!');
    }
}

void far_side::command(char what) {
    char reply = 0;
    if (!write_value(commands_.get(), what) || !read_value(replies_.get(), reply) || reply != what)
        throw end_to_end::harness_error("the far side does not do as it is told");
}

void far_side::drop() {
    if (!drop_what_leaves(near_device))
        throw end_to_end::harness_error("tc does not take a queue that drops all");
    command('d');
}

void far_side::heal() {
    let_leave(near_device);
    command('h');
}

}  // namespace sluice::faults
