#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace sluice::gateway {

/// Says when how much of a body may go out that has so many bytes a second. Time arrives as an
/// argument.
class trickle {
 public:
    using clock = std::chrono::steady_clock;

    explicit trickle(std::uint64_t bytes_per_second)
        : rate_(std::clamp<std::uint64_t>(bytes_per_second, 1, rate_max)) {}

    /// When the next piece may go out.
    clock::time_point next() const { return next_; }
    /// The bytes of one piece.
    std::size_t piece_bytes() const {
        return static_cast<std::size_t>(std::max<std::uint64_t>(1, rate_ / pieces_per_second));
    }
    /// So many bytes went out. What was not used before is lost.
    void note(std::size_t bytes, clock::time_point now) {
        const std::chrono::duration<double> time(
            static_cast<double>(bytes) / static_cast<double>(rate_)
        );
        next_ = now + std::chrono::ceil<clock::duration>(time);
    }

 private:
    /// Often enough that frames come in parts, and no more timers than a chat has tokens.
    static constexpr std::uint64_t pieces_per_second = 20;
    /// Above it nothing trickles: more than one connection carries.
    static constexpr std::uint64_t rate_max = std::uint64_t{1} << 40U;

    std::uint64_t rate_;
    clock::time_point next_{};
};

}  // namespace sluice::gateway
