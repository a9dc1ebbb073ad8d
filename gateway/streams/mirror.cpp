#include "gateway/streams/mirror.hpp"

#include <string_view>
#include <utility>

namespace sluice::gateway {

mirror::mirror(
    sse::journal::pool& segments,
    std::unique_ptr<stream_encoder> encoder,
    std::size_t journal_bytes_max,
    const mirror_update& opening,
    std::function<void(std::uint64_t)> tell_progress,
    std::function<void()> left
)
    : publication(segments, std::move(encoder), opening.first_sequence, opening.first_offset),
      journal_bytes_max_(journal_bytes_max),
      tell_progress_(std::move(tell_progress)),
      left_(std::move(left)) {
    committed_ = true;
    apply(opening);
}

void mirror::apply(const mirror_update& update) {
    std::string_view rest = update.frames;
    for (const auto size : update.sizes) {
        journal_.append(rest.substr(0, size));
        rest.remove_prefix(size);
    }
    ended_ = ended_ || update.ended;
    publish();
    on_progress();
}

void mirror::on_progress() {
    if (journal_.bytes_held() > journal_bytes_max_) {
        journal_.release_before(journal_.end_offset() - journal_bytes_max_);
    }
    const auto taken = fastest_taken();
    if (taken > told_) tell_progress_(told_ = taken);
}

}  // namespace sluice::gateway
