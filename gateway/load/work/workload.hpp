#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/distribution.hpp"

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::gateway::load {

/// The longest prompt or answer that is asked for: no model takes more.
inline constexpr std::int64_t workload_tokens_max = 1'000'000;
inline constexpr double trace_speed_min = 0.001;
inline constexpr double trace_speed_max = 1e6;

/// One stream to be asked for.
struct job {
    std::uint64_t number = 0;                 ///< in the run
    std::vector<upstream::message> messages;  ///< of a first turn, or of a whole conversation
    std::int64_t input_tokens = 0;            ///< about so many are in them
    std::int64_t output_tokens = 0;           ///< to be asked for; 0: as the server likes
    /// When a trace has it due, from the run's beginning; nothing: the arrivals say.
    std::optional<std::int64_t> due_ns;
};

/// How a workload makes its jobs. What no file says is drawn from the distributions.
struct workload_settings {
    std::uint64_t seed = 1;
    upstream::mock::distribution input_tokens{100};
    /// Always 0: as the server likes.
    upstream::mock::distribution output_tokens{64};
    /// One prompt per line: text, or a JSON string, or a JSON object with `prompt` or `messages` as
    /// OpenAI has them, and perhaps `output_tokens` or `max_tokens`. In turn, and again from the
    /// first. Empty: none.
    std::string prompts_file;
    /// Azure LLM inference CSV, Mooncake JSONL or BurstGPT CSV, told by its content. Empty: none.
    std::string trace_file;
    double trace_speed = 1;  ///< 2: twice as fast
    /// The same beginning of all prompts, for prompt caches: a system message ahead of what else is
    /// in them. Of a trace's prompts it is a part, other prompts are so much longer.
    std::size_t shared_prefix_tokens = 0;
};

/// Makes the jobs of a run, one after another, the same for the same settings. Reads its file as it
/// goes, with the memory of one line. Owned by one thread.
class workload {
 public:
    virtual ~workload() = default;
    /// The next job; nothing: the trace is over. Others never end. (The file was checked as a whole
    /// before; where it has been changed since, a trace is over at the first line that is none, and
    /// prompts that are none are left out.)
    virtual std::optional<job> next() = 0;
    /// The jobs bring their own times.
    virtual bool is_timed() const = 0;
    /// For people: "trace conv.csv, 19366 requests".
    virtual std::string describe() const = 0;
};

/// Checks the files as a whole. An error is a sentence that names file and line.
boost::system::result<std::unique_ptr<workload>, std::string> make_workload(
    const workload_settings& settings
);

/// Plain words of four bytes per token, which is so many tokens to the mock and about so many to
/// others; the same for the same seed. At most workload_tokens_max.
std::string make_prompt_text(std::uint64_t seed, std::int64_t tokens);

}  // namespace sluice::gateway::load
