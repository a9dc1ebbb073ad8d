#pragma once

#include "gateway/streams/registry.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace sluice::gateway {

/// Another worker's mirror, as a reader of the stream that it mirrors. Lives on the owner's worker;
/// every turn's frames go over in one message.
class subscription final : public reader {
 public:
    subscription(registry& owner, stream& stream, const subscriber& to)
        : owner_(owner), stream_(stream), to_(to) {
        next_ = stream_.frames().first_sequence();
        taken_ = offset_of_next();
        stream_.attach(*this);
        send(true);
    }
    ~subscription() { stream_.detach(*this); }
    subscription(const subscription&) = delete;
    subscription& operator=(const subscription&) = delete;

    void on_frames() override { send(false); }
    std::uint64_t taken() const override { return taken_; }
    std::size_t clients() const override { return 0; }  // the mirror counts its own

    void note_progress(std::uint64_t offset) {
        taken_ = std::max(taken_, std::min(offset, stream_.frames().end_offset()));
        stream_.note_start_delivered();
        stream_.progressed(*this);
    }

 private:
    std::uint64_t offset_of_next() const {
        return stream_.frames().offset_of(next_).value_or(stream_.frames().begin_offset());
    }

    void send(bool opening) {
        const auto& journal = stream_.frames();
        const bool begins = stream_.committed() && !told_begin_;
        const bool ends = stream_.ended() && !told_end_;
        if (!opening && !begins && !ends && next_ == journal.next_sequence()) return;
        mirror_update update;
        if (opening) update.identity = stream_.identity();
        update.end_seen = stream_.end_seen();
        next_ = std::max(next_, journal.first_sequence());
        update.first_sequence = next_;
        update.first_offset = offset_of_next();
        std::string frame;
        for (; next_ < journal.next_sequence() && journal.read(next_, frame); ++next_) {
            update.frames += frame;
            update.sizes.push_back(static_cast<std::uint32_t>(frame.size()));
        }
        if (begins || (ends && !told_begin_)) update.upstream_head = stream_.upstream_head();
        update.committed = told_begin_ = stream_.committed();
        update.has_content = stream_.has_content();
        if (ends) {
            update.ending = stream_.ending();
            update.document = stream_.document();
            told_end_ = true;
        }
        owner_.tell(to_, stream_.id(), std::move(update));
    }

    registry& owner_;
    stream& stream_;
    subscriber to_;
    std::uint64_t next_ = 0;
    std::uint64_t taken_ = 0;
    bool told_begin_ = false;
    bool told_end_ = false;
};

}  // namespace sluice::gateway
