#pragma once

#include "upstream/mock/hash.hpp"
#include "upstream/mock/options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::upstream::mock {

/// How things are with a model at a time: whether it is slow, or stands still.
class conditions {
 public:
    using time_point = std::chrono::steady_clock::time_point;

    /// What the wait for a first token that begins then is multiplied by.
    virtual double ttft_factor(time_point at) const = 0;
    /// The same of the gap behind a token.
    virtual double gap_factor(time_point at) const = 0;
    /// When a token comes that would come then: later where everything stands still.
    virtual time_point released(time_point at) const = 0;

 protected:
    ~conditions() = default;
};

/// Says when each token of one answer is due. A pure thing: clocks are arguments.
///
/// Due times add up from the beginning, whatever was taken late: n tokens at a constant rate take
/// n/rate, to the nanosecond. Where there are gaps, token n is due behind the sum of n draws.
class pacing {
 public:
    using time_point = conditions::time_point;

    /// `prompt_tokens` are those that have to be read, as they are not cached.
    pacing(const options& options, std::uint64_t seed, std::int64_t prompt_tokens);

    /// From now on the first token is waited for.
    void begin(time_point now, const conditions& how);

    /// When the tokens of a round are due, counted from 0. Rounds are asked for in their order; the
    /// same one as often as it takes.
    time_point due(std::int64_t round, const conditions& how);

 private:
    void step(const conditions& how);
    void set_due(double wait_s, const conditions& how);

    dice dice_;
    std::optional<distribution> gap_;
    double rate_;
    double first_s_;  ///< the wait for the first token, the prompt's reading with it

    time_point start_;  ///< what `base_s_` is counted from
    time_point due_;
    std::int64_t round_ = 0;
    // Of a constant rate: `steps_` equal steps behind `base_s_`. A sum would drift.
    double base_s_ = 0;
    double factor_ = 1;
    std::int64_t steps_ = 0;
};

}  // namespace sluice::upstream::mock
