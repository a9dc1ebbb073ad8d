#include "upstream/mock/request_record.hpp"

#include <cstddef>

namespace sluice::upstream::mock {
namespace {

double seconds_between(request_record::time_point from, request_record::time_point to) {
    return std::chrono::duration<double>(to - from).count();
}

}  // namespace

void request_record::begin(time_point now, std::int64_t prompt_tokens) {
    begun_ = true;
    latest_ = now;
    held_ = prompt_tokens;
    into_.wait.add(seconds_between(arrived_, now));
    into_.prompt_tokens.fetch_add(prompt_tokens, std::memory_order_relaxed);
    into_.held_tokens.fetch_add(prompt_tokens, std::memory_order_relaxed);
}

void request_record::token(time_point due) {
    if (rounds_++ == 0)
        into_.first_token.add(seconds_between(arrived_, due));
    else
        gaps_.add(seconds_between(latest_, due));
    latest_ = due;
}

void request_record::taken(std::int64_t tokens) {
    untold_ += tokens;
    if (untold_ >= tokens_per_telling) tell();
}

void request_record::tell() {
    into_.generated_tokens.fetch_add(untold_, std::memory_order_relaxed);
    into_.held_tokens.fetch_add(untold_, std::memory_order_relaxed);
    held_ += untold_;
    untold_ = 0;
}

void request_record::end(figures::end how, time_point at) {
    if (over_) return;
    over_ = true;
    into_.ended.at(static_cast<std::size_t>(how)).fetch_add(1, std::memory_order_relaxed);
    if (!begun_) return;
    into_.generated_tokens.fetch_add(untold_, std::memory_order_relaxed);
    untold_ = 0;
    into_.held_tokens.fetch_sub(held_, std::memory_order_relaxed);
    into_.gap.add(gaps_);
    if (rounds_ > 1) into_.mean_gap.add(gaps_.sum_s() / static_cast<double>(rounds_ - 1));
    into_.whole.add(seconds_between(arrived_, at));
}

}  // namespace sluice::upstream::mock
