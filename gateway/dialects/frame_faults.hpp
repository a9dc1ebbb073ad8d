#pragma once

#include "upstream/generation.hpp"
#include "upstream/wire_fault.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// A frame on its way to the journal.
struct outgoing_frame {
    std::string bytes;
    std::uint64_t event = 0;        ///< its number among those with content; 0: it has none
    std::size_t comment_bytes = 0;  ///< of a comment that goes out behind it
};

/// Does to the frames of one stream what a `wire_fault` asks for, as far as it is about whole
/// events; for any other fault it only numbers the events. Pure: frames in, frames out, whatever
/// the dialect's form (events, lines of JSON, the elements of one array).
///
/// Of the frames that one token makes the last is the event with the content: those ahead of it
/// open what it stands in.
class frame_faults {
 public:
    /// What a huge event may be at most: it is made in memory.
    static constexpr std::uint64_t huge_bytes_max = std::uint64_t{64} << 20U;

    explicit frame_faults(const upstream::wire_fault& fault) : fault_(fault) {}

    const upstream::wire_fault& fault() const { return fault_; }

    /// All frames that were made of `item`; of none where it is null: they open or end the stream.
    std::vector<outgoing_frame> pass(
        const std::vector<std::string>& frames, const upstream::item* item
    );
    /// The frames that end the stream come next: what was held back goes out ahead of them.
    std::vector<outgoing_frame> begin_end();
    /// The stream is to end now as one that is whole (`early_end`).
    bool over() const;
    /// By how much one event may be larger than what makes events.
    std::size_t extra_bytes() const;

 private:
    void meet(std::string frame, const upstream::item& item);
    void emit(std::string frame, std::uint64_t event, std::size_t comment_bytes = 0);
    void emit_huge(std::string frame);
    std::string without_border(const std::string& frame);
    std::string with_border(std::string element);

    upstream::wire_fault fault_;
    std::vector<outgoing_frame> out_;
    std::uint64_t events_ = 0;  ///< with content so far
    std::string held_;          ///< to go out behind the next event
    bool ending_ = false;
    bool array_ = false;  ///< the frames are the elements of one JSON array
    bool array_begun_ = false;
};

}  // namespace sluice::gateway
