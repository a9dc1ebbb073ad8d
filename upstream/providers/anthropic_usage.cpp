#include "upstream/providers/anthropic_usage.hpp"

#include "upstream/providers/json_read.hpp"

namespace sluice::upstream {

namespace {

using nlohmann::json;

// More tokens than this in one message are a provider's mistake; sums stay far from overflow.
constexpr std::int64_t tokens_max = std::int64_t{1} << 53;

void replace_by(std::optional<std::int64_t>& figure, const json& usage, const char* key) {
    const auto told = find_count(usage, key);
    if (told && *told <= tokens_max) figure = told;
}

}  // namespace

void anthropic_usage::add_input(const json& usage) {
    replace_by(input_, usage, "input_tokens");
    replace_by(cache_read_, usage, "cache_read_input_tokens");
    replace_by(cache_write_, usage, "cache_creation_input_tokens");
}

void anthropic_usage::begin(const json* usage) {
    if (usage != nullptr) add_input(*usage);
}

void anthropic_usage::add(const json* usage) {
    if (usage == nullptr) return;
    add_input(*usage);
    replace_by(output_, *usage, "output_tokens");
    const auto* details = find(*usage, "output_tokens_details");
    if (details != nullptr) replace_by(thinking_, *details, "thinking_tokens");
}

std::optional<usage> anthropic_usage::total() const {
    usage sum;
    if (input_ || cache_read_ || cache_write_) {
        sum.input_tokens = input_.value_or(0) + cache_read_.value_or(0) + cache_write_.value_or(0);
    }
    sum.cached_tokens = cache_read_;
    sum.cache_write_tokens = cache_write_;
    sum.output_tokens = output_;
    sum.reasoning_tokens = thinking_;
    if (sum == usage()) return {};
    return sum;
}

}  // namespace sluice::upstream
