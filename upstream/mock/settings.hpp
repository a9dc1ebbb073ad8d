#pragma once

#include "upstream/mock/distribution.hpp"
#include "upstream/mock/fault.hpp"
#include "upstream/mock/script.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::upstream {

namespace mock {
class model_state;

/// How an inference server makes its users wait: so many answers at once, and steps that take
/// longer the more there are.
struct queue_settings {
    std::size_t slots = 0;        ///< answers at once; 0: any number, and nobody waits
    std::size_t waiting_max = 0;  ///< more are refused with 429; 0: any number may wait
    /// A step with all slots taken takes so much longer than one with a single answer: 1 is twice
    /// as long.
    double slowdown = 0;
};

/// How things are for a while: a brown-out, a stall, a burst of errors. Counted from the model's
/// beginning, which is that of the process.
struct change {
    std::chrono::milliseconds at{0};
    std::chrono::milliseconds lasts{0};              ///< 0: for ever
    std::optional<std::chrono::milliseconds> every;  ///< again after so long
    double ttft_factor = 1;
    double gap_factor = 1;
    bool stall = false;  ///< no token comes while it lasts
    fault error;         ///< of requests that begin within it
    double chance = 1;   ///< that a request has the error
};

/// A fault that strikes by chance.
struct chance_of_fault {
    double chance = 0;  ///< 0 to 1, of each request
    fault error;
};

/// What a key may ask for in a minute, told in headers as the real providers do. 0: any amount.
struct limit_settings {
    std::int64_t requests_per_minute = 0;
    std::int64_t tokens_per_minute = 0;
};

/// The prompt cache of the simulated server.
struct cache_settings {
    bool on = false;
    std::chrono::milliseconds ttl{300'000};
    std::int64_t block_tokens = 64;       ///< what is cached is a multiple of it
    std::int64_t blocks_max = 1'000'000;  ///< of all prompts
};

}  // namespace mock

/// The built-in model as configured. A request's `X-Mock-*` settings override it for that request.
struct mock_settings {
    mock::distribution ttft{0.2};           ///< time to first token, seconds
    double rate = 50;                       ///< tokens per second; 0: as fast as possible
    std::optional<mock::distribution> gap;  ///< between tokens, seconds, in place of the rate
    double prefill_s = 0;                   ///< per token of the prompt that is not cached
    std::uint64_t seed = 1;
    std::optional<mock::distribution> tokens;     ///< nothing: about 60
    std::optional<mock::distribution> reasoning;  ///< tokens of thoughts ahead of the answer
    std::string content;                          ///< a style by name; empty: prose
    std::string profile;  ///< whose numbers stand where nothing else was written; told for people
    mock::queue_settings queue;
    mock::limit_settings limits;
    mock::cache_settings cache;
    std::vector<mock::change> changes;
    std::vector<mock::chance_of_fault> faults;
    mock::script script;
    /// A prompt may begin with settings. Not where it is only counted, for somebody else.
    bool prompt_settings = true;

    /// What its requests share over all workers: the queue, the limits, the cache, the counts.
    /// Made by who takes the configuration into use; null: nothing is shared.
    std::shared_ptr<mock::model_state> shared;
};

}  // namespace sluice::upstream
