#include "gateway/load/job_feed.hpp"

#include "gateway/load/work/conversation.hpp"
#include "upstream/mock/hash.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace sluice::gateway::load {

namespace {

using upstream::mock::dice;
using upstream::mock::distribution;

constexpr double ns_per_s = 1e9;

bool happens(double share, dice& dice) {
    constexpr double rolls = 9007199254740992.0;  // 2^53
    return static_cast<double>(dice.roll() >> 11) / rolls < share;
}

std::uint64_t count_of(const distribution& of, dice& dice) {
    return static_cast<std::uint64_t>(std::llround(std::max(of.draw(dice), 1.0)));
}

std::int64_t ns_of(const distribution& of, dice& dice) {
    return static_cast<std::int64_t>(of.draw(dice) * ns_per_s);
}

}  // namespace

job_feed::job_feed(const plan& settings, std::unique_ptr<workload> work)
    : settings_(settings), work_(std::move(work)) {
    if (settings.arriving && !work_->is_timed()) arrivals_.emplace(*settings.arriving);
}

std::optional<assignment> job_feed::next(std::int64_t now_ns) {
    auto taken = take(now_ns);
    if (!taken) return std::nullopt;
    auto& [job, made] = *taken;
    made.request.messages = std::move(job.messages);
    made.turns_left = static_cast<std::uint32_t>(settings_.how.turns - 1);
    dice dice(upstream::mock::mix(settings_.work.seed, made.number));
    direct(made, dice, job.output_tokens);
    prepare(made, dice);
    return std::move(made);
}

/// What the workers have to take turns for; the rest is made by each for itself.
std::optional<std::pair<job, assignment>> job_feed::take(std::int64_t now_ns) {
    const std::lock_guard lock(mutex_);
    if (all_begun()) return std::nullopt;
    auto job = work_->next();
    if (!job) return std::nullopt;
    const auto due_ns = due_of(*job, now_ns);
    if (!due_ns) return std::nullopt;
    assignment made;
    made.number = next_number_++;
    made.due_ns = *due_ns;
    ++begun_;
    return std::pair(*std::move(job), std::move(made));
}

bool job_feed::all_begun() const {
    return settings_.streams_max > 0 && begun_ >= settings_.streams_max;
}

bool job_feed::is_spent() const {
    const std::lock_guard lock(mutex_);
    return all_begun();
}

std::uint64_t job_feed::next_number() {
    const std::lock_guard lock(mutex_);
    return next_number_++;
}

/// Nothing: it would be due after the last start.
std::optional<std::int64_t> job_feed::due_of(const job& job, std::int64_t now_ns) {
    std::int64_t due_ns = now_ns;
    if (job.due_ns && settings_.arriving) due_ns = *job.due_ns;
    if (arrivals_) due_ns = arrivals_->next_ns();
    const auto end_ns = static_cast<std::int64_t>(settings_.duration_s * ns_per_s);
    if (settings_.duration_s > 0 && due_ns >= end_ns) return std::nullopt;
    return due_ns;
}

assignment job_feed::follow_up(
    const assignment& before, const std::string& answer, std::int64_t due_ns
) {
    assignment made;
    made.number = next_number();
    made.due_ns = due_ns;
    made.turns_left = before.turns_left - 1;
    made.request.messages = before.request.messages;
    made.request.messages.push_back(said_by(upstream::role::assistant, answer));
    const std::uint64_t seed = upstream::mock::mix(settings_.work.seed, made.number);
    dice dice(seed);
    const auto input = count_of(settings_.work.input_tokens, dice);
    made.request.messages.push_back(
        said_by(upstream::role::user, make_prompt_text(seed, static_cast<std::int64_t>(input)))
    );
    const auto output = count_of(settings_.work.output_tokens, dice);
    direct(made, dice, static_cast<std::int64_t>(output));
    prepare(made, dice);
    return made;
}

/// Says in the prompt how the mock is to answer.
void job_feed::direct(assignment& to, dice& dice, std::int64_t output_tokens) {
    to.request.model = settings_.model;
    to.output_tokens = output_tokens;
    // The paced provider is told in its prompts, and what else is asked for would be measured too.
    if (output_tokens > 0 && settings_.checked != check::stamps)
        to.request.max_tokens = output_tokens;
    const bool known = settings_.checked == check::content;
    auto said = settings_.mock;
    if (known) {
        if (output_tokens > 0) said.try_emplace("tokens", std::to_string(output_tokens));
        said.try_emplace("content", "prose");
        said["seed"] = std::to_string(settings_.work.seed);
        said["key"] = std::to_string(dice.roll());
        if (settings_.stamped) said["stamp"] = "true";
    }
    // Where there is no conversation, a prompt begins where the first message does.
    if (!settings_.spoken->converses) join_messages(to.request.messages);
    begin_last_prompt(to.request.messages, mock_directive(said));
}

void job_feed::prepare(assignment& to, dice& dice) {
    const behaviours& how = settings_.how;
    if (happens(how.abort_share, dice)) to.abort_after = count_of(how.abort_after, dice);
    if (happens(how.slow_share, dice)) to.slow = true;
    if (happens(how.drop_share, dice)) {
        to.drop_after = count_of(how.drop_after, dice);
        to.back_after_ns = ns_of(how.back_after, dice);
    }
    if (to.turns_left > 0) to.think_ns = ns_of(how.think, dice);
    if (settings_.checked == check::content) expect(to);
}

void job_feed::expect(assignment& to) {
    auto expected = expect_answer(to.request);
    if (!expected) {
        const std::lock_guard lock(mutex_);
        if (problem_.empty()) problem_ = std::move(expected).error();
        return;
    }
    if (!settings_.spoken->converses) expected->reasoning.clear();
    to.expected = std::make_shared<const expected_answer>(std::move(*expected));
}

std::string job_feed::problem() const {
    const std::lock_guard lock(mutex_);
    return problem_;
}

}  // namespace sluice::gateway::load
