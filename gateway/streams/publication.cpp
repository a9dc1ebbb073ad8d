#include "gateway/streams/publication.hpp"

#include <algorithm>

namespace sluice::gateway {

void publication::detach(reader& reader) {
    const auto found = std::find(readers_.begin(), readers_.end(), &reader);
    if (found == readers_.end()) return;
    readers_.erase(found);
    if (readers_.empty()) on_last_reader_left();
}

void publication::leaving() {
    // What has ended has no provider to be told, and must stand until the reader is detached.
    if (!ended_ && readers_.size() == 1) on_last_reader_left();
}

void publication::progressed() {
    on_progress();
}

void publication::publish() {
    for (auto* reader : readers_)
        reader->on_frames();
}

std::uint64_t publication::fastest_taken() const {
    std::uint64_t most = 0;
    for (const auto* reader : readers_)
        most = std::max(most, reader->taken());
    return most;
}

std::uint64_t publication::slowest_taken() const {
    std::uint64_t least = journal_.end_offset();
    for (const auto* reader : readers_)
        least = std::min(least, reader->taken());
    return least;
}

}  // namespace sluice::gateway
