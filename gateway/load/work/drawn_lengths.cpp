#include "gateway/load/work/drawn_lengths.hpp"

#include <algorithm>
#include <cmath>

namespace sluice::gateway::load {

namespace {

using upstream::mock::distribution;
using upstream::mock::mix;

constexpr std::uint64_t lengths_salt = 0x6c656e677468U;
constexpr std::uint64_t text_salt = 0x776f726473U;
constexpr std::uint64_t prefix_salt = 0x707265666978U;

std::int64_t draw_tokens(const distribution& from, upstream::mock::dice& dice) {
    const double drawn = from.draw(dice);
    constexpr auto most = static_cast<double>(workload_tokens_max);
    return drawn >= 1 ? std::llround(std::min(drawn, most)) : 1;
}

}  // namespace

drawn_lengths::drawn_lengths(const workload_settings& settings, std::uint64_t number)
    : settings_(settings), seed_(mix(settings.seed, number)), dice_(mix(seed_, lengths_salt)) {}

std::int64_t drawn_lengths::input_tokens() {
    return draw_tokens(settings_.input_tokens, dice_);
}

std::int64_t drawn_lengths::output_tokens() {
    const auto& from = settings_.output_tokens;
    const bool unsaid = from.is_constant() && from.mean() == 0;
    return unsaid ? 0 : draw_tokens(from, dice_);
}

std::uint64_t drawn_lengths::text_seed() const {
    return mix(seed_, text_salt);
}

std::string shared_prefix(const workload_settings& settings) {
    const auto tokens = static_cast<std::int64_t>(settings.shared_prefix_tokens);
    auto text = make_prompt_text(mix(settings.seed, prefix_salt), tokens);
    if (!text.empty()) text.back() = '\n';
    return text;
}

}  // namespace sluice::gateway::load
