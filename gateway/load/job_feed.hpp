#pragma once

#include "gateway/load/expected_answer.hpp"
#include "gateway/load/plan.hpp"
#include "gateway/load/work/workload.hpp"
#include "upstream/generation.hpp"

#include <boost/system/result.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace sluice::gateway::load {

/// What one client is to do with one stream. A value.
struct assignment {
    static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

    std::uint64_t number = 0;  ///< of the stream in the run
    std::int64_t due_ns = 0;   ///< since the run began
    upstream::request request;
    std::int64_t output_tokens = 0;                   ///< asked for; 0: as the server likes
    std::shared_ptr<const expected_answer> expected;  ///< where the content is checked
    std::uint64_t abort_after = never;                ///< events
    std::uint64_t drop_after = never;                 ///< events
    std::int64_t back_after_ns = 0;
    bool slow = false;
    std::uint32_t turns_left = 0;  ///< that follow in the same conversation
    std::int64_t think_ns = 0;     ///< before the next of them
    std::string attach;            ///< a path to read in place of beginning a stream
};

/// Hands out the streams of a run in the order in which they are due, to whichever worker asks.
/// Thread-safe: asked once per stream.
class job_feed {
 public:
    /// `settings` outlives it.
    job_feed(const plan& settings, std::unique_ptr<workload> work);

    /// The next stream; nothing: there are no more. In a closed loop it is due at `now_ns`.
    std::optional<assignment> next(std::int64_t now_ns);

    /// All streams that were wanted have been handed out.
    bool is_spent() const;

    /// For a stream that is none of the schedule's: another reader of one that runs.
    std::uint64_t next_number();

    /// The turn that follows `before` in its conversation, to which the model said `answer`.
    assignment follow_up(const assignment& before, const std::string& answer, std::int64_t due_ns);

    /// Why a stream could not be made; empty: all could.
    std::string problem() const;

 private:
    std::optional<std::pair<job, assignment>> take(std::int64_t now_ns);
    std::optional<std::int64_t> due_of(const job& job, std::int64_t now_ns);
    bool all_begun() const;
    void prepare(assignment& to, upstream::mock::dice& dice);
    void direct(assignment& to, upstream::mock::dice& dice, std::int64_t output_tokens);
    void expect(assignment& to);

    const plan& settings_;
    mutable std::mutex mutex_;
    std::unique_ptr<workload> work_;
    std::optional<arrivals> arrivals_;
    std::uint64_t begun_ = 0;  // but for further turns
    std::uint64_t next_number_ = 0;
    std::string problem_;
};

}  // namespace sluice::gateway::load
