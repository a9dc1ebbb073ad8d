#include "upstream/providers/openai_usage.hpp"

#include "upstream/json_scanner.hpp"
#include "upstream/providers/json_read.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;
using count = std::optional<std::int64_t>;

/// The figures that providers tell. The first are members of the object itself, the others of its
/// members prompt_tokens_details and completion_tokens_details.
enum figure : std::size_t {
    prompt,
    completion,
    total,
    cache_hit,  // DeepSeek
    cache_creation,
    reasoning,  // Perplexity
    prompt_cached,
    prompt_cache_write,
    prompt_audio,
    completion_reasoning,
    completion_audio,
    figures_count
};
constexpr std::array<const char*, figures_count> names{
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_cache_hit_tokens",
    "cache_creation_input_tokens",
    "reasoning_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "audio_tokens",
    "reasoning_tokens",
    "audio_tokens"};
using figures = std::array<count, figures_count>;

/// A part of the figures: those that are members of one object.
struct part {
    const char* object;  ///< null: the usage object itself
    std::size_t begin;
    std::size_t end;
};
constexpr part top{nullptr, prompt, prompt_cached};
constexpr part prompt_details{"prompt_tokens_details", prompt_cached, completion_reasoning};
constexpr part completion_details{"completion_tokens_details", completion_reasoning, figures_count};

/// xAI leaves reasoning out of `completion_tokens`; its total gives it away.
void count_reasoning_as_output(usage& counted) {
    if (!counted.input_tokens || !counted.output_tokens || !counted.total_tokens) return;
    const auto reasoning = counted.reasoning_tokens.value_or(0);
    if (reasoning == 0) return;
    // By subtraction from the largest: sums of hostile numbers overflow.
    if (*counted.input_tokens > *counted.total_tokens) return;
    if (*counted.total_tokens - *counted.input_tokens - *counted.output_tokens != reasoning) return;
    counted.output_tokens = *counted.total_tokens - *counted.input_tokens;
}

std::optional<usage> usage_of(const figures& told) {
    const auto either = [&](figure first, figure second) {
        return told[first] ? told[first] : told[second];
    };
    usage counted;
    counted.input_tokens = told[prompt];
    counted.output_tokens = told[completion];
    counted.total_tokens = told[total];
    counted.cached_tokens = either(prompt_cached, cache_hit);
    counted.cache_write_tokens = either(prompt_cache_write, cache_creation);
    counted.reasoning_tokens = either(completion_reasoning, reasoning);
    counted.input_audio_tokens = told[prompt_audio];
    counted.output_audio_tokens = told[completion_audio];
    if (counted == usage{}) return {};
    count_reasoning_as_output(counted);
    return counted;
}

/// Reads a usage object without building a tree of it.
class usage_scan {
 public:
    explicit usage_scan(std::string_view object) : json_(object, depth_max) {}

    /// False: it is not of the common shape, and says nothing.
    bool run(figures& told) { return members(top, told) && json_.at_end(); }

 private:
    static constexpr std::size_t depth_max = 8;

    bool members(const part& of, figures& told) {
        return json_.object([&](std::string_view key) {
            // A name in escapes, or one that stands twice, is for the tree to judge.
            if (key.find('\\') != std::string_view::npos) return false;
            if (of.object == nullptr) {
                if (key == prompt_details.object) return details(prompt_details, told);
                if (key == completion_details.object) return details(completion_details, told);
            }
            for (auto which = of.begin; which < of.end; ++which) {
                if (key == names[which])
                    return !std::exchange(seen_[which], true) && number(told[which]);
            }
            return json_.skip_value();
        });
    }

    bool details(const part& of, figures& told) {
        // Told by the first of its figures.
        if (std::exchange(details_seen_[of.begin], true)) return false;
        if (json_.peek() == 'n') return json_.null();
        return members(of, told);
    }

    bool number(count& into) {
        if (json_.peek() == 'n') return json_.null();
        std::string_view digits;
        if (!json_.number(digits)) return false;
        std::int64_t value = 0;
        const char* end = digits.data() + digits.size();
        const auto read = std::from_chars(digits.data(), end, value);
        if (read.ec != std::errc{} || read.ptr != end || digits.front() == '-') return false;
        into = value;
        return true;
    }

    json_scanner<> json_;
    std::array<bool, figures_count> seen_{};
    std::array<bool, figures_count> details_seen_{};
};

}  // namespace

std::optional<usage> read_openai_usage(const json& object) {
    figures told;
    for (const auto& of : {top, prompt_details, completion_details}) {
        const auto* holder = of.object == nullptr ? &object : find(object, of.object);
        if (holder == nullptr) continue;
        for (auto which = of.begin; which < of.end; ++which)
            told[which] = find_count(*holder, names[which]);
    }
    return usage_of(told);
}

std::optional<usage> read_openai_usage(std::string_view object) {
    figures told;
    if (usage_scan(object).run(told)) return usage_of(told);
    return read_openai_usage(parse_json(object));
}

std::optional<usage> openai_usage_of(const json& answer) {
    if (const auto* own = find(answer, "usage")) {
        if (auto counted = read_openai_usage(*own)) return counted;
    }
    const auto* groq = find(answer, "x_groq");
    const auto* inner = groq == nullptr ? nullptr : find(*groq, "usage");
    return inner == nullptr ? std::nullopt : read_openai_usage(*inner);
}

}  // namespace sluice::upstream
