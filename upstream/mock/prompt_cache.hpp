#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <unordered_map>

namespace sluice::upstream::mock {

/// What a prompt found in the cache. Both are whole blocks, and together at most the prompt.
struct cached_prompt {
    std::int64_t read = 0;     ///< tokens that were there
    std::int64_t written = 0;  ///< tokens that are there from now on

    bool operator==(const cached_prompt&) const = default;
};

/// The prompt cache of an inference server: beginnings of conversations, in blocks of tokens, each
/// known by all that is before it. Thread-safe. It holds numbers, no text.
class prompt_cache {
 public:
    using time_point = std::chrono::steady_clock::time_point;

    struct counts {
        std::int64_t queried = 0;  ///< tokens of the prompts that were looked up
        std::int64_t found = 0;    ///< tokens of them that were there
        std::size_t blocks = 0;    ///< held now
    };

    /// Looks a prompt up and keeps what was not there. A block that is found lives for another
    /// `ttl`. The last token is never found: a model has to read one to begin. Nothing where the
    /// cache is off.
    cached_prompt look_up(const cache_settings& settings, const request& request, time_point now);

    counts counted() const;

 private:
    struct block {
        std::uint64_t print;
        time_point expires;
    };
    using blocks = std::list<block>;

    bool is_fresh(std::uint64_t print, time_point now) const;
    void touch(std::uint64_t print, time_point expires);
    void shrink(std::size_t blocks_max);

    mutable std::mutex mutex_;
    blocks blocks_;  ///< the latest used first
    std::unordered_map<std::uint64_t, blocks::iterator> index_;
    counts counts_;
};

}  // namespace sluice::upstream::mock
