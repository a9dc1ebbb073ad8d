#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace sluice::gateway {

/// How full memory is.
enum class memory_level {
    calm,
    red,  ///< whoever balances load is told to go elsewhere, and history is dropped
    shed  ///< nothing new is generated
};

/// The level that follows from what is used. Pure. It rises to red at 88 % and to shed at 92 % of
/// the ceiling, and falls only 4 % below: a level that changed with every look would tell nobody
/// anything. A ceiling of 0 is none.
memory_level level_after(memory_level before, std::uint64_t used, std::uint64_t ceiling);

/// Why something was shed.
enum class shed_reason {
    memory,
    streams,  ///< as many run as may
    lag,      ///< the worker's loop comes too late to everything
    bodies    ///< there is no room for what requests would send
};
inline constexpr std::size_t shed_reason_count = 4;
std::string_view to_string(shed_reason reason);

/// How near the gateway is to what it can bear: one for all workers. Every figure is an atomic; no
/// call blocks.
///
/// Requests on their way take their bytes' share of the room that is left below the shedding mark:
/// all of them together never bring more than there is room for. Who only says that much will come
/// takes nothing from anybody.
class pressure {
 public:
    /// How much memory a byte of a request may come to while it is decoded: as it was read, as
    /// JSON, as a request, and as what goes to the provider.
    static constexpr std::uint64_t request_copies = 4;

    /// The most that may be used from now on, in bytes; 0: that is not known, and nothing is shed
    /// for want of memory.
    void set_ceiling(std::uint64_t bytes) { ceiling_.store(bytes, std::memory_order_relaxed); }
    std::uint64_t ceiling() const { return ceiling_.load(std::memory_order_relaxed); }
    /// The largest body that there can be room for: half of the ceiling with all of its copies.
    std::uint64_t body_bytes_max() const;
    /// The most that histories of streams may hold over all workers: a quarter of the ceiling.
    std::uint64_t history_bytes_max() const;

    /// What a stream grows to within its first seconds, though its reader be slow.
    static constexpr std::uint64_t stream_growth_bytes = 64U << 10;

    /// Looks at what is used; one thread does that, every so often. What requests gave back since
    /// the look before counts until now: only now it is seen what they left behind. `streams` run
    /// now: for those that are more than at the look before, room is kept for what they are about
    /// to hold, less with each look, by which more of it is seen.
    void look(const std::function<std::optional<std::uint64_t>()>& used, std::uint64_t streams = 0);

    memory_level level() const { return level_.load(std::memory_order_relaxed); }
    /// By the last look, in bytes.
    std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }

    /// Takes room for so many bytes of memory. False, and nothing is taken: there is not so much.
    bool take(std::uint64_t bytes);
    /// Whether there is room for so much now.
    bool has_room(std::uint64_t bytes) const;
    void give_back(std::uint64_t bytes);
    /// What is taken, in bytes.
    std::uint64_t taken() const { return taken_.load(std::memory_order_relaxed); }

    void count_shed(shed_reason reason);
    std::int64_t shed(shed_reason reason) const;

 private:
    std::uint64_t room() const;

    std::atomic<std::uint64_t> ceiling_{0};
    std::atomic<memory_level> level_{memory_level::calm};
    std::atomic<std::uint64_t> used_{0};
    std::atomic<std::uint64_t> taken_{0};
    std::atomic<std::uint64_t> given_back_{0};  ///< since the last look; still among what is taken
    std::atomic<std::uint64_t> growth_{0};      ///< that streams are expected to come to yet
    std::uint64_t streams_seen_ = 0;            ///< by the last look
    std::array<std::atomic<std::int64_t>, shed_reason_count> shed_{};
};

/// One request's share of the room for requests. Given back with the object. Used by one thread.
class request_share {
 public:
    explicit request_share(pressure& from) : from_(&from) {}
    request_share(request_share&& other) noexcept;
    request_share& operator=(request_share&&) = delete;
    ~request_share();

    /// Makes it the share of a request of that many bytes. False: there is no room; the share is
    /// what it was. What most requests have is not counted, and costs no atomic.
    bool cover(std::uint64_t bytes);
    /// Whether it could now cover so many bytes.
    bool could_cover(std::uint64_t bytes) const;
    bool holds_any() const { return taken_ > 0; }

 private:
    pressure* from_;
    std::uint64_t taken_ = 0;
};

}  // namespace sluice::gateway
