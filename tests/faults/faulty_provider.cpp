#include "tests/faults/faulty_provider.hpp"

#include "tests/faults/faults.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace sluice::faults {
namespace {

using end_to_end::deadline;
using end_to_end::harness_error;
using end_to_end::unique_fd;
using end_to_end::wait_for;

constexpr milliseconds look_interval{20};

/// Hundreds of gateway connections may come within one turn of the accepting thread.
constexpr int backlog = 1024;

/// Port 0 takes a free one.
unique_fd bind_to(const std::string& ip, std::uint16_t port) {
    unique_fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    const int one = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, ip.c_str(), &address.sin_addr);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw harness_error(std::string("bind: ") + std::strerror(errno));
    }
    return socket;
}

std::uint16_t port_of(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
}

/// A connection that may never come about.
int begin_to_connect(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return fd;
}

}  // namespace

// ---- the provider ----

faulty_provider::faulty_provider(std::string address)
    : address_(std::move(address)),
      listener_(bind_to(address_, 0)),
      port_(port_of(listener_.get())) {
    ::listen(listener_.get(), backlog);
    accepting_ = std::thread([this] { accept_connections(); });
}

faulty_provider::~faulty_provider() {
    stopping_ = true;
    accepting_.join();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return live_ == 0; });
}

sightings faulty_provider::seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
}

void faulty_provider::shut() {
    shut_ = true;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !listening_; });
    for (const int fd : sockets_) {
        end_to_end::reset_on_close(fd);
        ::shutdown(fd, SHUT_RDWR);
    }
}

void faulty_provider::open() {
    shut_ = false;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return listening_; });
}

void faulty_provider::accept_connections() {
    while (!stopping_) {
        if (shut_ == listening_) {  // only this thread changes listening_
            if (shut_) {
                listener_.reset();
            } else {
                listener_ = bind_to(address_, port_);
                ::listen(listener_.get(), backlog);
            }
            const std::lock_guard lock(mutex_);
            listening_ = !listening_;
            changed_.notify_all();
        }
        if (!listening_) {
            ::poll(nullptr, 0, 1);
            continue;
        }
        if (!wait_for(listener_.get(), POLLIN, deadline{milliseconds(5)})) continue;
        const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        if (fd < 0) continue;
        {
            const std::lock_guard lock(mutex_);
            ++live_;
            ++seen_.connections;
            sockets_.insert(fd);
        }
        std::thread([this, fd] { serve(unique_fd(fd)); }).detach();
    }
}

void faulty_provider::serve(unique_fd socket) {
    const int fd = socket.get();
    {
        conversation talk(std::move(socket), stopping_);
        try {
            converse(talk);
        } catch (const conversation_over&) {
        } catch (const std::exception& error) {
            ADD_FAILURE() << "a script of the faulty provider failed: " << error.what();
        }
        const std::lock_guard lock(mutex_);
        sockets_.erase(fd);  // before it is closed, and its number somebody else's
    }
    const std::lock_guard lock(mutex_);
    ++seen_.closed;
    --live_;
    changed_.notify_all();  // under the lock: afterwards the object may be gone
}

void faulty_provider::converse(conversation& talk) {
    do {
        const auto& asked = talk.read_question();
        note(asked);
        const auto* fault = find_fault(asked.fault());
        if (fault == nullptr) {
            talk.answer(404, make_error(asked.kind, "not_found_error", "no such fault").dump());
            continue;
        }
        if (!fault->keeps_alive) talk.forget_reuse();
        fault->act(talk);
    } while (talk.reusable());
}

void faulty_provider::note(const question& asked) {
    const std::lock_guard lock(mutex_);
    ++seen_.questions;
    ++seen_.by_model[asked.model];
    for (const auto& [name, value] : asked.headers)
        seen_.headers[name].insert(value);
}

// ---- doors ----

odd_door::odd_door(manner how) : how_(how), socket_(bind_to("127.0.0.1", 0)) {
    port_ = port_of(socket_.get());
    if (how_ == manner::closed) return;
    ::listen(socket_.get(), how_ == manner::deaf ? 0 : backlog);
    if (how_ == manner::deaf) {
        fill_backlog();
    } else {
        accepting_ = std::thread([this] { turn_away(); });
    }
}

odd_door::~odd_door() {
    stopping_ = true;
    if (accepting_.joinable()) accepting_.join();
    for (const int fd : fillers_)
        ::close(fd);
}

/// More than a backlog of zero holds: from then on nobody's SYN is answered.
void odd_door::fill_backlog() {
    constexpr int more_than_enough = 4;
    for (int i = 0; i < more_than_enough; ++i)
        fillers_.insert(begin_to_connect(port_));
}

void odd_door::turn_away() {
    while (!stopping_) {
        if (!wait_for(socket_.get(), POLLIN, deadline{look_interval})) continue;
        const unique_fd visitor{::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!visitor) continue;
        ++visits_;
        if (how_ == manner::resets) end_to_end::reset_on_close(visitor.get());
    }
}

}  // namespace sluice::faults
