#pragma once

#include "upstream/mock/settings.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace sluice::upstream::mock {

/// The slots of a model, for all workers: who finds none free waits, and the first to come is the
/// first to go on. Safe to use from any thread; outlives its places.
class queue {
 public:
    enum class standing { refused, waiting, running };

    class place;

    explicit queue(const queue_settings& settings) : settings_(settings) {}
    queue(const queue&) = delete;
    queue& operator=(const queue&) = delete;

    /// Takes a slot, or the end of the line. `on_turn` is called on `context` when one that waits
    /// has got a slot, and never once its place is left; `context` outlives the place.
    place enter(boost::asio::io_context& context, std::function<void()> on_turn);

    std::size_t running() const { return running_.load(std::memory_order_relaxed); }
    std::size_t waiting() const { return waiting_.load(std::memory_order_relaxed); }
    /// How much longer a step takes than one for a single answer.
    double slowness() const;

 private:
    struct ticket;
    using line = std::list<std::shared_ptr<ticket>>;

    void leave(ticket& left);
    void call_next();

    const queue_settings settings_;
    std::mutex mutex_;
    line line_;
    std::atomic<std::size_t> running_{0};  ///< with slots, written under the mutex
    std::atomic<std::size_t> waiting_{0};  ///< the length of the line
};

/// One answer's place, left when it is destroyed. Used by one thread, that of its context.
class queue::place {
 public:
    place() = default;
    ~place() { leave(); }
    place(place&& other) noexcept;
    place& operator=(place&& other) noexcept;

    /// `refused` where there is no place.
    standing now() const;
    /// Gives the slot to the next in line.
    void leave();

 private:
    friend class queue;
    place(queue& of, std::shared_ptr<ticket> taken) : queue_(&of), ticket_(std::move(taken)) {}

    queue* queue_ = nullptr;
    std::shared_ptr<ticket> ticket_;
};

}  // namespace sluice::upstream::mock
