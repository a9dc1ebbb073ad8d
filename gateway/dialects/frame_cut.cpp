#include "gateway/dialects/frame_cut.hpp"

#include <algorithm>

namespace sluice::gateway {

using kind = upstream::wire_fault::kind;

void cut_finder::see(std::uint64_t sequence, std::string_view frame, std::uint64_t event) {
    if (found_) return;
    if (fault_.what == kind::cut) see_event(sequence, event);
    if (fault_.what == kind::cut_bytes) see_bytes(sequence, frame.size());
    if (fault_.what == kind::cut_character) see_characters(sequence, frame, event);
}

/// Behind no event at all is where the first one would begin.
void cut_finder::see_event(std::uint64_t sequence, std::uint64_t event) {
    if (event == 0 || event < fault_.at) return;
    found_ = frame_cut{event > fault_.at ? sequence : sequence + 1, 0};
}

void cut_finder::see_bytes(std::uint64_t sequence, std::size_t size) {
    const auto left = fault_.at - bytes_;
    bytes_ += size;
    if (left > size) return;
    const auto within = static_cast<std::size_t>(left);
    found_ = within == size ? frame_cut{sequence + 1, 0} : frame_cut{sequence, within};
}

/// Behind the first byte of the first character that has several.
void cut_finder::see_characters(
    std::uint64_t sequence, std::string_view frame, std::uint64_t event
) {
    due_ = due_ || (event != 0 && event >= fault_.at);
    if (!due_) return;
    const auto wide = std::ranges::find_if(frame, [](char byte) {
        return static_cast<unsigned char>(byte) >= 0xC0U;
    });
    if (wide == frame.end()) return;
    found_ = frame_cut{sequence, static_cast<std::size_t>(wide - frame.begin()) + 1};
}

}  // namespace sluice::gateway
