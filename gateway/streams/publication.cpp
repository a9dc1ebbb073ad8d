#include "gateway/streams/publication.hpp"

#include "sse/writer.hpp"

#include <algorithm>

namespace sluice::gateway {

/// Behind an `id:` line some clients take a comment with a blank line for an event; see the
/// dialects for what theirs can stand.
std::string publication::heartbeat(bool started) const {
    if (!identity().names.told) return encoder_->heartbeat(started);
    std::string comment;
    sse::append_comment(comment, "");
    return comment;
}

void publication::attach(reader& reader) {
    reader.place = readers_.size();
    readers_.push_back(&reader);
}

/// The last one takes its place: thousands may leave at once.
void publication::detach(reader& reader) {
    if (reader.place >= readers_.size() || readers_[reader.place] != &reader) return;
    readers_[reader.place] = readers_.back();
    readers_[reader.place]->place = reader.place;
    readers_.pop_back();
    if (readers_.empty()) on_last_reader_left();
}

void publication::leaving() {
    // What has ended has no provider to be told, and must stand until the reader is detached.
    if (!ended_ && readers_.size() == 1) on_last_reader_left();
}

void publication::forget_history() {
    journal_.release_before(slowest_taken());
    forgotten_ = true;
}

void publication::forget_all_but(std::size_t bytes) {
    const auto end = journal_.end_offset();
    if (end - journal_.begin_offset() > bytes) journal_.release_before(end - bytes);
    forgotten_ = true;
}

std::size_t publication::clients() const {
    std::size_t count = 0;
    for (const auto* reader : readers_)
        count += reader->clients();
    return count;
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
