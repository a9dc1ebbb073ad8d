#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <utility>
#include <vector>

namespace sluice::gateway {

class registry;

/// The registries of all workers, to be reached by message only. Immutable once the workers run.
class peers {
 public:
    struct peer {
        boost::asio::io_context* context;
        registry* streams;
    };

    explicit peers(std::vector<peer> all) : all_(std::move(all)) {}

    unsigned count() const { return static_cast<unsigned>(all_.size()); }

    /// Runs `message(registry&)` on that worker's thread, after what was sent there before.
    template <class Message>
    void send(unsigned worker, Message message) const {
        const auto& to = all_[worker];
        boost::asio::post(
            *to.context,
            [streams = to.streams, message = std::move(message)]() mutable { message(*streams); }
        );
    }

 private:
    std::vector<peer> all_;
};

}  // namespace sluice::gateway
