#include "gateway/http/pressure.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway {

namespace {

// In percent of the ceiling. The rest above shedding is for what runs already.
constexpr std::uint64_t red_at = 88;
constexpr std::uint64_t shed_at = 92;
constexpr std::uint64_t slack = 4;

/// Some 20,000 connections with so much each are 80 MiB: no more than they cost anyway.
constexpr std::uint64_t uncounted_bytes = 4096;
/// Shares grow in steps, and not with every read of a body that does not tell its length.
constexpr std::uint64_t share_step = 16 << 10;

/// Looks come every 20 ms: after four seconds a third of a stream's growth is still expected.
constexpr std::uint64_t growth_looks = 200;

constexpr std::uint64_t percent_of(std::uint64_t whole, std::uint64_t percent) {
    return whole / 100 * percent;
}

/// What a request of that many bytes takes; more than there can be for one that nobody can send.
constexpr std::uint64_t share_of(std::uint64_t bytes) {
    if (bytes <= uncounted_bytes) return 0;
    const auto steps = bytes / share_step + 1;
    const auto each = share_step * pressure::request_copies;
    return steps > UINT64_MAX / each ? UINT64_MAX : steps * each;
}

}  // namespace

memory_level level_after(memory_level before, std::uint64_t used, std::uint64_t ceiling) {
    if (ceiling == 0) return memory_level::calm;
    const auto is_over = [&](memory_level level, std::uint64_t percent) {
        return used >= percent_of(ceiling, before >= level ? percent - slack : percent);
    };
    if (is_over(memory_level::shed, shed_at)) return memory_level::shed;
    if (is_over(memory_level::red, red_at)) return memory_level::red;
    return memory_level::calm;
}

std::string_view to_string(shed_reason reason) {
    switch (reason) {
        case shed_reason::memory:
            return "memory";
        case shed_reason::streams:
            return "streams";
        case shed_reason::lag:
            return "lag";
        case shed_reason::bodies:
            return "bodies";
    }
    return "";
}

std::uint64_t pressure::body_bytes_max() const {
    const auto most = ceiling();
    return most == 0 ? UINT64_MAX : most / 2 / request_copies;
}

std::uint64_t pressure::history_bytes_max() const {
    const auto most = ceiling();
    return most == 0 ? UINT64_MAX : most / 4;
}

/// What was given back is taken before the look, and counted out behind it: a request that gives
/// back in between is waited for until the next look.
void pressure::look(
    const std::function<std::optional<std::uint64_t>()>& used, std::uint64_t streams
) {
    const auto gone = given_back_.exchange(0, std::memory_order_acquire);
    const auto more = streams - std::min(streams, std::exchange(streams_seen_, streams));
    const auto before = growth_.load(std::memory_order_relaxed);
    const auto growth = std::min(
        before - before / growth_looks + more * stream_growth_bytes, streams * stream_growth_bytes
    );
    growth_.store(growth, std::memory_order_relaxed);
    if (const auto bytes = used()) {
        used_.store(*bytes, std::memory_order_relaxed);
        level_.store(level_after(level(), *bytes + growth, ceiling()), std::memory_order_relaxed);
    }
    taken_.fetch_sub(gone, std::memory_order_relaxed);
}

std::uint64_t pressure::room() const {
    const auto most = ceiling();
    if (most == 0) return UINT64_MAX;
    const auto mark = percent_of(most, shed_at);
    return mark - std::min(mark, used() + growth_.load(std::memory_order_relaxed));
}

bool pressure::has_room(std::uint64_t bytes) const {
    const auto all = room();
    return bytes <= all && taken() <= all - bytes;
}

bool pressure::take(std::uint64_t bytes) {
    const auto all = room();
    auto before = taken();
    do {
        if (bytes > all || before > all - bytes) return false;
    } while (!taken_.compare_exchange_weak(before, before + bytes, std::memory_order_relaxed));
    return true;
}

void pressure::give_back(std::uint64_t bytes) {
    given_back_.fetch_add(bytes, std::memory_order_release);
}

void pressure::count_shed(shed_reason reason) {
    shed_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
}

std::int64_t pressure::shed(shed_reason reason) const {
    return shed_[static_cast<std::size_t>(reason)].load(std::memory_order_relaxed);
}

request_share::request_share(request_share&& other) noexcept
    : from_(other.from_), taken_(std::exchange(other.taken_, 0)) {}

request_share::~request_share() {
    if (taken_ > 0) from_->give_back(taken_);
}

bool request_share::cover(std::uint64_t bytes) {
    const auto wanted = share_of(bytes);
    if (wanted <= taken_) return true;
    if (!from_->take(wanted - taken_)) return false;
    taken_ = wanted;
    return true;
}

bool request_share::could_cover(std::uint64_t bytes) const {
    const auto wanted = share_of(bytes);
    return wanted <= taken_ || from_->has_room(wanted - taken_);
}

}  // namespace sluice::gateway
