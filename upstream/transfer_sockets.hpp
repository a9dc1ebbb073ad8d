#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include <cstdint>
#include <vector>

namespace sluice::upstream {

/// libcurl's sockets in one epoll descriptor, which the event loop watches as one.
///
/// So a token costs no epoll_ctl of its own, and what is ready at one time is served in one turn.
/// The sockets stay libcurl's: they are known here only by number, and since numbers are used
/// again, each registration has a generation that a queued event is checked against.
class transfer_sockets {
 public:
    using descriptor =
        boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

    /// A registered socket that is ready. `bits` are libcurl's CURL_CSELECT_*.
    struct ready {
        int fd;
        std::uint32_t generation;
        int bits;
    };

    explicit transfer_sockets(boost::asio::io_context& context);

    /// What libcurl's socket callback asks for (CURL_POLL_*). False: the kernel refused.
    bool watch(int fd, int what);

    /// What is ready now. Valid until the next call.
    const std::vector<ready>& poll();

    /// Whether what was found ready is still the same registration.
    bool current(const ready& found) const;

    /// Becomes readable when a socket is ready.
    descriptor& readiness() { return readiness_; }

 private:
    struct registration {
        std::uint32_t generation = 0;
        std::uint32_t wanted = 0;      ///< by libcurl; 0: it does not look at this socket now
        std::uint32_t registered = 0;  ///< with the epoll descriptor, unless it was closed since
        std::uint32_t arrivals = 0;    ///< since it is registered so
    };

    bool enter(int fd, registration& entry);
    void forget(int fd, registration& entry);
    int bits_of(const registration& entry, std::uint32_t events) const;

    descriptor readiness_;
    std::vector<registration> registrations_;  ///< by descriptor number
    std::vector<ready> ready_;
    std::uint32_t generation_ = 0;
};

}  // namespace sluice::upstream
