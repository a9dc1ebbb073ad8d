#include "gateway/telemetry/traces/span_queue.hpp"

#include <utility>

namespace sluice::gateway {

bool span_queue::push(std::string span) {
    if (spans_.size() >= spans_max_ || bytes_ + span.size() > bytes_max) return false;
    bytes_ += span.size();
    spans_.push_back(std::move(span));
    return true;
}

span_queue::batch span_queue::take() {
    batch taken;
    while (!spans_.empty() && taken.count < batch_spans_max) {
        const auto& next = spans_.front();
        if (taken.count > 0 && taken.spans.size() + 1 + next.size() > batch_bytes_max) break;
        if (taken.count > 0) taken.spans += ',';
        taken.spans += next;
        ++taken.count;
        bytes_ -= next.size();
        spans_.pop_front();
    }
    return taken;
}

void span_queue::clear() {
    spans_.clear();
    bytes_ = 0;
}

}  // namespace sluice::gateway
