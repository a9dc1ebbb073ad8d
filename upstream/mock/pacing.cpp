#include "upstream/mock/pacing.hpp"

#include <algorithm>

namespace sluice::upstream::mock {
namespace {

/// Far enough ahead never to come, near enough to be added to any time.
constexpr double wait_seconds_max = 1e8;

using seconds = std::chrono::duration<double>;

std::chrono::steady_clock::duration wait_of(double wait_s) {
    return std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        seconds(std::min(wait_s, wait_seconds_max))
    );
}

}  // namespace

pacing::pacing(const options& options, std::uint64_t seed, std::int64_t prompt_tokens)
    : dice_(seed), gap_(options.gap), rate_(options.rate) {
    const double wait = std::min(options.ttft.draw(dice_), seconds(ttft_max).count());
    first_s_ = wait + options.prefill_s * static_cast<double>(prompt_tokens);
}

void pacing::begin(time_point now, const conditions& how) {
    start_ = now + wait_of(first_s_ * how.ttft_factor(now));
    round_ = 0;
    base_s_ = 0;
    steps_ = 0;
    factor_ = 1;
    set_due(0, how);
}

pacing::time_point pacing::due(std::int64_t round, const conditions& how) {
    while (round_ < round) {
        step(how);
        ++round_;
    }
    return due_;
}

void pacing::step(const conditions& how) {
    const double factor = how.gap_factor(due_);
    if (gap_) {
        base_s_ += gap_->draw(dice_) * factor;
        return set_due(base_s_, how);
    }
    if (rate_ <= 0) return set_due(base_s_, how);
    if (factor != factor_) {
        base_s_ += static_cast<double>(steps_) * factor_ / rate_;
        steps_ = 0;
        factor_ = factor;
    }
    ++steps_;
    set_due(base_s_ + static_cast<double>(steps_) * factor_ / rate_, how);
}

/// What comes out of a standstill goes on from its end, at the pace it had.
void pacing::set_due(double wait_s, const conditions& how) {
    due_ = start_ + wait_of(wait_s);
    const time_point released = how.released(due_);
    if (released <= due_) return;
    start_ = released;
    due_ = released;
    base_s_ = 0;
    steps_ = 0;
}

}  // namespace sluice::upstream::mock
