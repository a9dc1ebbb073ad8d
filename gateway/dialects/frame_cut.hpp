#pragma once

#include "upstream/wire_fault.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::gateway {

/// Where a client's connection is to be reset: behind that many bytes of that frame. None of them:
/// behind the frame before it.
struct frame_cut {
    std::uint64_t sequence = 0;
    std::size_t bytes = 0;

    bool operator==(const frame_cut&) const = default;
};

/// Finds in one stream's frames, as they stand in the journal, where a `wire_fault` cuts. Pure.
class cut_finder {
 public:
    explicit cut_finder(const upstream::wire_fault& fault) : fault_(fault) {}

    /// The next frame. `event`: its number among those with content, from 1; 0: it has none.
    void see(std::uint64_t sequence, std::string_view frame, std::uint64_t event);

    /// Nothing: it has not come yet, or never does.
    const std::optional<frame_cut>& found() const { return found_; }

 private:
    void see_event(std::uint64_t sequence, std::uint64_t event);
    void see_bytes(std::uint64_t sequence, std::size_t size);
    void see_characters(std::uint64_t sequence, std::string_view frame, std::uint64_t event);

    upstream::wire_fault fault_;
    std::optional<frame_cut> found_;
    std::uint64_t bytes_ = 0;  ///< of the body so far
    bool due_ = false;         ///< event `at` has come
};

}  // namespace sluice::gateway
