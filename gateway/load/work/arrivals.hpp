#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::gateway::load {

/// Below, a run would wait for a quarter of an hour for its next stream; above, one thread could
/// not begin them in time.
inline constexpr double arrival_rate_min = 0.001;
inline constexpr double arrival_rate_max = 1e6;
/// Beyond, nearly all gaps are nothing and one is endless.
inline constexpr double arrival_cv_max = 20;
/// As many streams as one client machine can open at once.
inline constexpr std::uint32_t arrival_burst_max = 100'000;
inline constexpr double arrival_ramp_s_max = 7 * 86400.0;  ///< a week, longer than any run

/// When streams are due in an open loop, whatever becomes of those before them.
struct arrival_settings {
    enum class pattern {
        constant,  ///< evenly spaced
        poisson,   ///< independent of each other
        gamma,     ///< gaps of a gamma distribution with `cv`: above 1 in clusters
        burst,     ///< `burst_size` at once, so that the rate holds on average
    };
    pattern how = pattern::poisson;
    double rate = 1;      ///< streams per second
    double rate_end = 0;  ///< with `ramp_s`: the rate at its end, reached in a straight line
    double ramp_s = 0;    ///< 0: the rate stays
    double cv = 1;        ///< of the gaps: standard deviation divided by mean
    std::uint32_t burst_size = 10;
    std::uint64_t seed = 1;

    bool operator==(const arrival_settings&) const = default;
};

/// A sequence of due times, the same for the same settings. Pure; owned by one thread.
class arrivals {
 public:
    /// What is out of bounds is brought within them.
    explicit arrivals(const arrival_settings& settings);
    ~arrivals();
    arrivals(arrivals&&) noexcept;
    arrivals& operator=(arrivals&&) noexcept;

    /// The next due time, in nanoseconds since the run began; never before the one before it.
    /// Evenly spaced ones and bursts begin at 0, the others with their first gap.
    std::int64_t next_ns();

 private:
    struct state;
    std::unique_ptr<state> state_;
};

/// `20`, `poisson:20`, `constant:20`, `gamma:20,cv=4`, `burst:20,size=50`, `ramp:5..200,over=60s`
/// (Poisson whose rate rises or falls, then stays). An error is a sentence.
boost::system::result<arrival_settings, std::string> parse_arrivals(std::string_view text);

}  // namespace sluice::gateway::load
