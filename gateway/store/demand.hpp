#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::gateway {

/// One bound that a request is subject to, and how much of it the request asks for.
struct demand {
    enum class kind {
        requests,   ///< a minute
        tokens,     ///< a minute
        streams,    ///< at once
        day_cost,   ///< a UTC day
        month_cost  ///< a UTC month
    };
    std::string account;  ///< whose bound it is: "key team-a", "model chat"
    kind of = kind::requests;
    std::int64_t limit = 0;   ///< at least 1; a minute: at most 1e9
    std::int64_t amount = 0;  ///< as the limit: a count, or billionths of the currency
    /// More for what runs already: it is measured by the limit that is in force, not by its own,
    /// which may be of a configuration that is no more.
    bool running = false;
    /// Of what is given back: when it was taken. A budget's day or month may be over since.
    std::chrono::system_clock::time_point taken = std::chrono::system_clock::time_point::max();
};

inline constexpr std::size_t demand_kind_count = 5;

inline bool is_cost(demand::kind of) {
    return of == demand::kind::day_cost || of == demand::kind::month_cost;
}
/// Whether it grows with an answer.
inline bool is_metered(demand::kind of) {
    return of == demand::kind::tokens || is_cost(of);
}

/// How one bound stood once a request had been let in, or not.
struct standing {
    std::int64_t remaining = 0;
    std::chrono::nanoseconds reset{0};  ///< until all of it is there again; a guess for streams
};

/// What became of a request's demands.
struct limit_verdict {
    /// The demand that can't be met, of several the one that takes longest; nothing: all are met.
    std::optional<std::size_t> refused;
    std::chrono::nanoseconds retry_after{0};  ///< when all could be; a guess for streams
    bool never = false;                       ///< it asks for more than the bound will ever allow
    std::vector<standing> standings;          ///< one for each demand, in order
};

}  // namespace sluice::gateway
