#include "gateway/streams/mirror.hpp"

#include <cassert>
#include <string_view>
#include <utility>

namespace sluice::gateway {

mirror::mirror(
    sse::journal::pool& segments,
    std::size_t journal_bytes_max,
    const mirror_update& opening,
    std::function<void(std::uint64_t)> tell_progress,
    std::function<void()> left
)
    : publication(
          segments,
          opening.identity->dialect->encoder({}, opening.identity->names, false),
          opening.first_sequence,
          opening.first_offset
      ),
      identity_(*opening.identity),
      journal_bytes_max_(journal_bytes_max),
      tell_progress_(std::move(tell_progress)),
      left_(std::move(left)) {
    end_seen_ = opening.end_seen;
    apply(opening);
}

void mirror::apply(const mirror_update& update) {
    assert(update.first_sequence == journal_.next_sequence());
    std::string_view rest = update.frames;
    for (const auto size : update.sizes) {
        journal_.append(rest.substr(0, size));
        rest.remove_prefix(size);
    }
    const bool decided = committed_ || ended_;
    committed_ = committed_ || update.committed;
    has_content_ = has_content_ || update.has_content;
    if (update.ending) {
        ending_ = *update.ending;
        document_ = update.document;
        ended_ = true;
    }
    if (!decided && (committed_ || ended_)) upstream_head_ = update.upstream_head;
    publish();
    trim();
    on_progress(fastest_taken());
}

void mirror::trim() {
    if (journal_.bytes_held() > journal_bytes_max_) {
        journal_.release_before(journal_.end_offset() - journal_bytes_max_);
    }
}

void mirror::on_progress(std::uint64_t taken) {
    if (ended_ && taken == journal_.end_offset()) end_seen_ = true;
    if (taken > told_) tell_progress_(told_ = taken);
}

}  // namespace sluice::gateway
