#include "gateway/streams/meter.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sluice::gateway {

namespace {

bool is_content_frame(const upstream::item& item) {
    const auto* frame = std::get_if<upstream::verbatim>(&item);
    return frame && frame->content;
}

/// No request has more tokens, whatever a provider tells: sums stay far from their ends.
constexpr std::int64_t tokens_max = 1'000'000'000;

upstream::usage plausible(upstream::usage told) {
    for (auto* tokens :
         {&told.input_tokens,
          &told.output_tokens,
          &told.total_tokens,
          &told.cached_tokens,
          &told.cache_write_tokens,
          &told.reasoning_tokens,
          &told.input_audio_tokens,
          &told.output_audio_tokens}) {
        if (*tokens) *tokens = std::clamp<std::int64_t>(**tokens, 0, tokens_max);
    }
    return told;
}

}  // namespace

void meter::see(const upstream::batch& batch, clock::time_point now) {
    for (const auto& item : batch.items) {
        // A relayed frame comes behind its finish, if it tells one.
        const bool finish =
            std::exchange(told_finish_, std::holds_alternative<upstream::finish>(item));
        const bool frame = is_content_frame(item);
        if (upstream::is_output_token(item) || (frame && !finish)) ++content_items_;
        if (!first_content_ && (upstream::is_output_token(item) || frame)) first_content_ = now;
        if (const auto* report = std::get_if<upstream::usage>(&item)) {
            usage_ = plausible(*report);
        }
    }
}

upstream::usage meter::usage() const {
    auto usage = usage_;
    if (!usage.output_tokens) usage.output_tokens = content_items_;
    return usage;
}

}  // namespace sluice::gateway
