#include "gateway/store/idempotency.hpp"

#include <utility>

namespace sluice::gateway {

void idempotency_table::claim(const std::string& name, const digest& request, listener decided) {
    using action = verdict::action;
    const auto [found, added] = entries_.try_emplace(name, entry{request, {}, {}});
    auto& known = found->second;
    if (added) return decided({action::begin, {}});
    if (known.request != request) return decided({action::mismatch, {}});
    if (!known.stream_id.empty()) return decided({action::join, known.stream_id});
    known.waiting.push_back(std::move(decided));
}

void idempotency_table::bind(const std::string& name, const std::string& stream_id) {
    const auto found = entries_.find(name);
    if (found == entries_.end()) return;
    found->second.stream_id = stream_id;
    for (auto& waiting : std::exchange(found->second.waiting, {}))
        waiting({verdict::action::join, stream_id});
}

void idempotency_table::release(const std::string& name, const std::string& stream_id) {
    const auto found = entries_.find(name);
    if (found == entries_.end() || found->second.stream_id != stream_id) return;
    auto& waiting = found->second.waiting;
    if (waiting.empty()) {
        entries_.erase(found);
        return;
    }
    const auto next = std::move(waiting.front());
    waiting.pop_front();
    next({verdict::action::begin, {}});
}

}  // namespace sluice::gateway
