#include "gateway/load/wire/descriptor.hpp"

#include <csignal>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace sluice::gateway::load {

namespace {

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

}  // namespace

void descriptor::reset(int fd) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

void raise_descriptor_limit() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
}

void ignore_broken_pipes() {
    std::signal(SIGPIPE, SIG_IGN);
}

void block_stop_signals() {
    const sigset_t signals = stop_signals();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

descriptor catch_stop_signals() {
    block_stop_signals();
    const sigset_t signals = stop_signals();
    return descriptor{::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC)};
}

bool take_signal(const descriptor& signals) {
    signalfd_siginfo taken{};
    return ::read(signals.get(), &taken, sizeof taken) == sizeof taken;
}

}  // namespace sluice::gateway::load
