#include "sse/journal.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>
#include <utility>

namespace sluice::sse {
namespace {

constexpr std::string_view crlf = "\r\n";

std::size_t hex_digits(std::uint64_t value) {
    std::size_t digits = 1;
    while (value >>= 4U) {
        ++digits;
    }
    return digits;
}

// How many bytes stand before the frame in a chunk of `chunk_bytes`. The length of a chunk grows
// with that of its frame, so just one count of digits fits.
std::size_t head_bytes(std::uint64_t chunk_bytes) {
    std::size_t digits = 1;
    while (hex_digits(chunk_bytes - digits - 2 * crlf.size()) != digits) {
        ++digits;
    }
    return digits + crlf.size();
}

}  // namespace

journal::journal(pool& segments, std::uint64_t first_sequence, std::uint64_t first_offset)
    : pool_(segments),
      begin_(first_offset),
      end_(first_offset),
      first_sequence_(first_sequence),
      first_frame_begin_(first_offset) {}

journal::~journal() {
    while (!segments_.empty()) {
        pool_.give(segments_.pop_front());
    }
}

std::uint64_t journal::append(std::string_view frame) {
    assert(!frame.empty());
    if (frame.empty()) return next_sequence();
    std::array<char, 18> head;
    char* head_end = std::to_chars(head.begin(), head.end(), frame.size(), 16).ptr;
    head_end = std::copy(crlf.begin(), crlf.end(), head_end);
    const auto head_size = static_cast<std::size_t>(head_end - head.begin());

    // All that can fail comes first: a frame is in the journal whole or not at all.
    frame_ends_.reserve_one();
    make_room(head_size + frame.size() + crlf.size());
    put({head.data(), head_size});
    put(frame);
    put(crlf);
    frame_ends_.push_back(end_);
    return next_sequence() - 1;
}

std::uint64_t journal::next_sequence() const {
    return first_sequence_ + frame_ends_.size();
}
std::uint64_t journal::first_sequence() const {
    return first_sequence_;
}
std::uint64_t journal::begin_offset() const {
    return begin_;
}
std::uint64_t journal::end_offset() const {
    return end_;
}
std::size_t journal::bytes_held() const {
    return segments_.size() * segment_bytes;
}

std::optional<std::uint64_t> journal::offset_of(std::uint64_t sequence) const {
    if (sequence < first_sequence_ || sequence > next_sequence()) return std::nullopt;
    if (sequence == first_sequence_) return first_frame_begin_;
    return frame_ends_[sequence - first_sequence_ - 1];
}

bool journal::read(std::uint64_t sequence, std::string& out) const {
    if (sequence < first_sequence_ || sequence >= next_sequence()) return false;
    const std::uint64_t chunk_begin = *offset_of(sequence);
    const std::uint64_t chunk_end = frame_ends_[sequence - first_sequence_];
    const std::uint64_t end = chunk_end - crlf.size();
    out.clear();
    for (std::uint64_t at = chunk_begin + head_bytes(chunk_end - chunk_begin); at < end;) {
        const std::string_view part = piece(at, end);
        out.append(part);
        at += part.size();
    }
    return true;
}

std::array<std::string_view, 2> journal::view(std::uint64_t offset) const {
    assert(offset >= begin_ && offset <= end_);
    if (offset < begin_ || offset >= end_) return {};
    const std::string_view first = piece(offset, end_);
    return {first, piece(offset + first.size(), end_)};
}

void journal::release_before(std::uint64_t offset) {
    assert(offset <= end_);
    while (!segments_.empty() && (begin_ + segment_bytes <= offset || offset >= end_)) {
        free_oldest_segment();
    }
    forget_frames();
}

void journal::make_room(std::size_t bytes) {
    while (begin_ + bytes_held() < end_ + bytes) {
        segments_.reserve_one();
        segments_.push_back(pool_.take());
    }
}

// Room has been made.
void journal::put(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::uint64_t at = end_ - begin_;
        const std::size_t in_segment = at % segment_bytes;
        const std::size_t count = std::min(bytes.size(), segment_bytes - in_segment);
        std::memcpy(&segments_[at / segment_bytes]->bytes[in_segment], bytes.data(), count);
        bytes.remove_prefix(count);
        end_ += count;
    }
}

// A last segment that is not yet full is cut short: the next one begins where the stream ends.
void journal::free_oldest_segment() {
    pool_.give(segments_.pop_front());
    begin_ = std::min(begin_ + segment_bytes, end_);
}

void journal::forget_frames() {
    while (!frame_ends_.empty() && first_frame_begin_ < begin_) {
        first_frame_begin_ = frame_ends_.pop_front();
        ++first_sequence_;
    }
}

// What of [offset, end) lies in the segment of `offset`.
std::string_view journal::piece(std::uint64_t offset, std::uint64_t end) const {
    if (offset >= end) return {};
    const std::uint64_t at = offset - begin_;
    const std::size_t in_segment = at % segment_bytes;
    const std::uint64_t count = std::min<std::uint64_t>(end - offset, segment_bytes - in_segment);
    return {&segments_[at / segment_bytes]->bytes[in_segment], count};
}

journal::pool::pool(std::size_t spares_max) : spares_max_(spares_max) {
    spares_.reserve(spares_max_);  // so that giving back can't fail
}

std::size_t journal::pool::spares() const {
    return spares_.size();
}

std::unique_ptr<journal::segment> journal::pool::take() {
    std::unique_ptr<segment> taken;
    if (spares_.empty()) {
        taken = std::make_unique_for_overwrite<segment>();
    } else {
        taken = std::move(spares_.back());
        spares_.pop_back();
    }
    ++in_use_;
    return taken;
}

void journal::pool::give(std::unique_ptr<segment> spare) noexcept {
    --in_use_;
    if (spares_.size() < spares_max_) spares_.push_back(std::move(spare));
}

}  // namespace sluice::sse
