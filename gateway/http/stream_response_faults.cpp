#include "gateway/http/stream_response.hpp"

#include <memory>
#include <string>
#include <utility>

/// What a client's connection suffers where the mock asks for it.
namespace sluice::gateway {

namespace {

/// What stands behind the bytes of a chunk.
constexpr std::uint64_t chunk_end_bytes = 2;

}  // namespace

void stream_response::on_cut(const frame_cut& where) {
    if (settings_.began && !cut_) cut_ = cut_place{where, offset_of(where)};
}

/// In the journal, where each frame is a chunk. What has left it has gone out: here, then.
std::uint64_t stream_response::offset_of(const frame_cut& where) const {
    const auto& frames = stream_->frames();
    const auto begin = frames.offset_of(where.sequence);
    std::string frame;
    if (!begin || where.bytes == 0 || !frames.read(where.sequence, frame))
        return begin.value_or(offset_);
    const auto end = frames.offset_of(where.sequence + 1).value_or(*begin);
    return end - chunk_end_bytes - frame.size() + where.bytes;
}

void stream_response::on_trickle(std::uint64_t bytes_per_second) {
    if (!settings_.began || pacing_) return;
    const auto executor = client_.transport().socket().get_executor();
    pacing_ = std::make_unique<pacing>(bytes_per_second, executor);
}

bool stream_response::waits_for_pace() {
    if (clock::now() >= pacing_->trickle.next()) return false;
    // The journal may forget the rest of a frame meanwhile.
    border_ = at_frame_border();
    if (std::exchange(pacing_->waits, true)) return true;
    pacing_->alarm.set(pacing_->trickle.next(), [this] {
        pacing_->waits = false;
        write();
        if (stream_) stream_->progressed(*this);
    });
    return true;
}

/// The head goes out as it is.
void stream_response::shorten(gathered& batch) const {
    auto left = pacing_->trickle.piece_bytes();
    batch.bytes = batch.pieces.front().size();
    for (auto piece = batch.pieces.begin() + 1; piece != batch.pieces.end(); ++piece) {
        *piece = piece->substr(0, left);
        left -= piece->size();
        batch.bytes += piece->size();
    }
}

}  // namespace sluice::gateway
