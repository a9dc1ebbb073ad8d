#pragma once

#include "gateway/load/work/workload.hpp"
#include "upstream/mock/hash.hpp"

#include <cstdint>
#include <string>

namespace sluice::gateway::load {

/// What a workload draws for one of its jobs. Each job has dice of its own, so that none depends on
/// those before it.
class drawn_lengths {
 public:
    drawn_lengths(const workload_settings& settings, std::uint64_t number);

    std::int64_t input_tokens();   ///< at least 1
    std::int64_t output_tokens();  ///< 0 where that is always so, else at least 1
    /// For the job's own words.
    std::uint64_t text_seed() const;

 private:
    const workload_settings& settings_;
    std::uint64_t seed_;
    upstream::mock::dice dice_;
};

/// The words that all prompts begin with, a line of their own; empty: none.
std::string shared_prefix(const workload_settings& settings);

}  // namespace sluice::gateway::load
