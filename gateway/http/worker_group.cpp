#include "gateway/http/worker_group.hpp"

#include <utility>

namespace sluice::gateway {

worker_group::worker_group(
    gateway_state& state, const std::shared_ptr<const snapshot>& serving, std::size_t count
) {
    std::vector<peers::peer> all;
    std::vector<local_store::sibling> stores;
    for (unsigned i = 0; i < count; ++i) {
        workers_.push_back(std::make_unique<worker>(state, serving, i));
        all.push_back({&workers_.back()->context(), &workers_.back()->streams()});
        stores.push_back({&workers_.back()->context(), &workers_.back()->store()});
        state.all_counters.push_back(&workers_.back()->counters());
    }
    peers_ = std::make_unique<peers>(std::move(all));
    for (const auto& worker : workers_) {
        worker->streams().know_peers(*peers_);
        worker->store().know_siblings(stores);
    }
}

void worker_group::listen(std::span<const bound_address> addresses, listener_role role) {
    for (const auto& worker : workers_) {
        for (const auto& address : addresses)
            worker->accept_on(open_acceptor(worker->context(), address), role);
    }
}

void worker_group::start() {
    for (const auto& worker : workers_)
        threads_.emplace_back([&context = worker->context()] { context.run(); });
}

void worker_group::join() {
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
}

}  // namespace sluice::gateway
