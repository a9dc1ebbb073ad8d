#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace sluice::upstream::mock {

/// What the limits say to a request.
struct limit_answer {
    std::optional<failure> refusal;  ///< 429, in the words of the client's provider
    header_list headers;  ///< how much is left, lower-case names; Retry-After is not among them
    std::int64_t reserved = 0;  ///< tokens taken until `settle`; 0 where it is refused
};

/// Requests and tokens per minute of each key, as token buckets: a minute's worth may be used at
/// once, and comes back evenly. Thread-safe.
class rate_limits {
 public:
    using time_point = std::chrono::steady_clock::time_point;
    using wall_time = std::chrono::system_clock::time_point;

    /// Of more keys the one that was idle for longest is forgotten: its buckets are full again.
    static constexpr std::size_t keys_max = 10'000;

    /// Takes one request and the tokens of its prompt and its answer, or nothing at all and says
    /// 429. `key` is whoever asks, and may be empty. `wall` is what the reset times of Anthropic's
    /// headers are told by.
    limit_answer ask(
        const limit_settings& limits,
        api api,
        std::string_view key,
        std::int64_t prompt_tokens,
        std::int64_t max_tokens,
        time_point now,
        std::string_view model,
        wall_time wall
    );

    /// The request has ended: of the `reserved` tokens it used so many. More than was reserved is
    /// taken, too.
    void settle(std::string_view key, std::int64_t reserved, std::int64_t actual);

 private:
    /// What of a minute's worth is used at a time.
    struct bucket {
        double used = 0;
        void refill(std::int64_t per_minute, double passed_s);
    };
    struct account {
        std::string key;
        bucket requests;
        bucket tokens;
        time_point at;
    };
    using accounts = std::list<account>;

    account& open(std::string_view key, time_point now);

    mutable std::mutex mutex_;
    accounts accounts_;                                               ///< the latest used first
    std::unordered_map<std::string_view, accounts::iterator> index_;  ///< by the accounts' own keys
};

}  // namespace sluice::upstream::mock
