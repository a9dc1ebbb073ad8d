#include "gateway/store/local_store.hpp"

#include <boost/asio/post.hpp>

namespace sluice::gateway {

unsigned local_store::home_of(const std::string& name) const {
    if (siblings_.empty()) return worker_;
    return static_cast<unsigned>(std::hash<std::string>{}(name) % siblings_.size());
}

/// Runs `message(local_store&)` on that worker's thread.
template <class Message>
void local_store::send(unsigned worker, Message message) const {
    const auto& to = siblings_[worker];
    boost::asio::post(*to.context, [there = to.store, message = std::move(message)]() mutable {
        message(*there);
    });
}

// ---- names of requests ----

void local_store::claim(
    const std::string& name,
    const idempotency_table::digest& request,
    idempotency_table::listener decided
) {
    const auto home = home_of(name);
    if (home == worker_) return names_.claim(name, request, std::move(decided));
    send(home, [name, request, from = worker_, decided = std::move(decided)](local_store& there) {
        auto tell_back = [&there, from, decided](const idempotency_table::verdict& verdict) {
            there.send(from, [verdict, decided](local_store&) { decided(verdict); });
        };
        there.names_.claim(name, request, std::move(tell_back));
    });
}

void local_store::bind(const std::string& name, const std::string& stream_id) {
    const auto home = home_of(name);
    if (home == worker_) return names_.bind(name, stream_id);
    send(home, [name, stream_id](local_store& there) { there.names_.bind(name, stream_id); });
}

void local_store::release(const std::string& name, const std::string& stream_id) {
    const auto home = home_of(name);
    if (home == worker_) return names_.release(name, stream_id);
    send(home, [name, stream_id](local_store& there) { there.names_.release(name, stream_id); });
}

// ---- conversations ----

void local_store::set_latest(const std::string& conversation, const std::string& stream_id) {
    const auto home = home_of(conversation);
    if (home == worker_) return latest_.set(conversation, stream_id);
    send(home, [conversation, stream_id](local_store& there) {
        there.latest_.set(conversation, stream_id);
    });
}

void local_store::find_latest(
    const std::string& conversation, std::function<void(std::string)> found
) {
    const auto home = home_of(conversation);
    if (home == worker_) return found(latest_.find(conversation));
    send(home, [conversation, from = worker_, found = std::move(found)](local_store& there) {
        auto id = there.latest_.find(conversation);
        there.send(from, [id = std::move(id), found](local_store&) { found(id); });
    });
}

void local_store::forget_latest(const std::string& conversation, const std::string& stream_id) {
    const auto home = home_of(conversation);
    if (home == worker_) return latest_.forget(conversation, stream_id);
    send(home, [conversation, stream_id](local_store& there) {
        there.latest_.forget(conversation, stream_id);
    });
}

// ---- limits ----

void local_store::take(
    const std::vector<demand>& demands, std::function<void(const limit_verdict&)> decided
) {
    decided(limits_.take(demands, limit_time::now()));
}

void local_store::give_back(const std::vector<demand>& demands) {
    limits_.give_back(demands, limit_time::now());
}

void local_store::look(
    const std::vector<demand>& demands, std::function<void(std::vector<standing>)> seen
) {
    seen(limits_.look(demands, limit_time::now()));
}

}  // namespace sluice::gateway
