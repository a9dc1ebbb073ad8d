#pragma once

#include "gateway/store/bounds.hpp"
#include "gateway/store/demand.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::gateway {

/// What accounts have used of their bounds, for all workers.
///
/// Any thread: one lock, held for some map look-ups. Times come from the caller. A bound belongs to
/// an account and a kind; how much it is, every demand says anew, so that a reload changes it and
/// keeps what was used.
class limit_table {
 public:
    /// Takes all of the demands, or none of them. Where several can't be met it names the one that
    /// takes longest (the first of those that never can), so that who asks again after that time is
    /// let in, unless others were faster. Standings tell of all demands, as they are behind it.
    limit_verdict take(const std::vector<demand>& demands, const limit_time& now);

    /// Gives back what was taken and not used. Where the amount is negative, more is taken,
    /// whatever the bound; the account is in debt then, and has to wait it off.
    void give_back(const std::vector<demand>& demands, const limit_time& now);

    /// How the bounds of these demands stand, whatever they ask for. Takes nothing, and remembers
    /// nothing of bounds that nobody has used.
    std::vector<standing> look(const std::vector<demand>& demands, const limit_time& now) const;

    /// What an account spent in the running UTC day and month before this process began.
    void seed(
        const std::string& account, std::int64_t day, std::int64_t month, const limit_time& now
    );

    /// Bounds that something is known of. More than 64Ki are looked through for those that are
    /// whole again.
    std::size_t size() const;

 private:
    static constexpr std::size_t kinds = 5;
    using bounds_by_account = std::unordered_map<std::string, bound>;

    bounds_by_account& of(demand::kind kind) { return bounds_[static_cast<std::size_t>(kind)]; }
    standing look_at(const demand& one, const limit_time& now) const;
    bound& find_or_make(
        const std::string& account, demand::kind kind, std::int64_t limit, const limit_time& now
    );
    std::size_t count() const;
    void keep_small(const limit_time& now);

    static constexpr std::size_t forget_from = 64 * 1024;

    mutable std::mutex lock_;
    std::array<bounds_by_account, kinds> bounds_;
    std::size_t next_look_ = forget_from;  ///< how many there are when it looks again
};

}  // namespace sluice::gateway
