#include "upstream/mock/queue.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace sluice::upstream::mock {

struct queue::ticket {
    ticket(boost::asio::io_context& in, std::function<void()> call)
        : context(in), on_turn(std::move(call)) {}

    boost::asio::io_context& context;
    std::function<void()> on_turn;  ///< only its own thread uses it; empty: the place was left
    std::atomic<standing> now{standing::running};
    line::iterator at;  ///< in the line, while it waits
};

queue::place queue::enter(boost::asio::io_context& context, std::function<void()> on_turn) {
    auto made = std::make_shared<ticket>(context, std::move(on_turn));
    if (settings_.slots == 0) {
        running_.fetch_add(1, std::memory_order_relaxed);
        return {*this, std::move(made)};
    }
    const std::lock_guard lock(mutex_);
    if (running_ < settings_.slots) {
        ++running_;
        return {*this, std::move(made)};
    }
    if (settings_.waiting_max != 0 && line_.size() >= settings_.waiting_max) return {};
    made->now = standing::waiting;
    made->at = line_.insert(line_.end(), made);
    waiting_ = line_.size();
    return {*this, std::move(made)};
}

double queue::slowness() const {
    if (settings_.slots == 0) return 1;
    const std::size_t others = std::max<std::size_t>(running(), 1) - 1;
    const std::size_t others_max = std::max<std::size_t>(settings_.slots, 2) - 1;
    return 1 + settings_.slowdown * static_cast<double>(others) / static_cast<double>(others_max);
}

void queue::leave(ticket& left) {
    if (settings_.slots == 0) {
        running_.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    const std::lock_guard lock(mutex_);
    if (left.now == standing::waiting) {
        line_.erase(left.at);
        waiting_ = line_.size();
        return;
    }
    --running_;
    call_next();
}

/// Posts under the mutex: the place that is called cannot be left meanwhile, nor its event loop go.
void queue::call_next() {
    if (line_.empty()) return;
    auto next = std::move(line_.front());
    line_.pop_front();
    waiting_ = line_.size();
    ++running_;
    next->now = standing::running;
    auto& context = next->context;
    boost::asio::post(context, [called = std::move(next)] {
        const auto on_turn = called->on_turn;  // what is called may leave its place
        if (on_turn) on_turn();
    });
}

queue::place::place(place&& other) noexcept
    : queue_(std::exchange(other.queue_, nullptr)), ticket_(std::move(other.ticket_)) {}

queue::place& queue::place::operator=(place&& other) noexcept {
    if (this == &other) return *this;
    leave();
    queue_ = std::exchange(other.queue_, nullptr);
    ticket_ = std::move(other.ticket_);
    return *this;
}

queue::standing queue::place::now() const {
    return ticket_ ? ticket_->now.load() : standing::refused;
}

void queue::place::leave() {
    if (!ticket_) return;
    ticket_->on_turn = nullptr;
    queue_->leave(*ticket_);
    ticket_.reset();
}

}  // namespace sluice::upstream::mock
