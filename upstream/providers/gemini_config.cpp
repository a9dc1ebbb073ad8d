#include "upstream/providers/gemini_config.hpp"

#include "upstream/providers/gemini_model.hpp"
#include "upstream/providers/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>

namespace sluice::upstream {

namespace {

using nlohmann::json;

constexpr std::size_t stop_sequences_max = 5;
constexpr int candidates_max = 8;
constexpr double temperature_max = 2;
/// The least that 2.5 Pro thinks; 0 is an error there.
constexpr std::int64_t pro_budget_min = 128;
constexpr std::int64_t pro_budget_max = 32768;
/// Of Flash-Lite; Flash takes less, but thinks no better with it.
constexpr std::int64_t flash_budget_min = 512;
constexpr std::int64_t flash_budget_max = 24576;

/// What Google's own OpenAI-compatible interface makes of an effort.
std::int64_t budget_of(std::string_view effort) {
    constexpr std::int64_t low = 1024;
    constexpr std::int64_t medium = 8192;
    constexpr std::int64_t high = 24576;
    if (effort == "minimal" || effort == "low") return low;
    return effort == "medium" ? medium : high;
}

/// As many tokens as the model may think; -1: as it likes.
std::int64_t budget_within(std::int64_t budget, std::string_view model) {
    if (budget < 0) return -1;
    return is_gemini_pro(model) ? std::clamp(budget, pro_budget_min, pro_budget_max)
                                : std::clamp(budget, flash_budget_min, flash_budget_max);
}

std::string_view level_of(std::string_view effort, std::string_view model) {
    const bool pro = is_gemini_pro(model);
    if (effort == "minimal" || effort == "none") return pro ? "low" : "minimal";
    if (effort == "low") return "low";
    // The first of the third generation knew but two.
    const bool two = model.find("gemini-3-pro") != std::string_view::npos;
    return effort == "medium" && !two ? "medium" : "high";
}

bool is_off(const reasoning_wish& wish) {
    return wish.enabled == false || wish.effort == "none" || wish.budget == 0;
}

/// Null where nothing is to be said.
json thinking_of(const reasoning_wish& wish, std::string_view model) {
    json made;
    if (wish.visible || !wish.summary.empty()) {
        made["includeThoughts"] = wish.visible.value_or(true);
    }
    const bool levels = generation_of(model) == gemini_generation::level;
    if (is_off(wish)) {
        made["includeThoughts"] = false;
        if (levels) {
            made["thinkingLevel"] = level_of("none", model);
        } else {
            made["thinkingBudget"] = is_gemini_pro(model) ? pro_budget_min : 0;
        }
    } else if (wish.budget) {
        made["thinkingBudget"] = budget_within(*wish.budget, model);
    } else if (!wish.effort.empty()) {
        if (levels) {
            made["thinkingLevel"] = level_of(wish.effort, model);
        } else {
            made["thinkingBudget"] = budget_of(wish.effort);
        }
    }
    return made;
}

class config {
 public:
    config(
        const call& call,
        const provider_settings& provider,
        std::string_view model,
        dropped_fields& dropped
    )
        : call_(call),
          asked_(call.request),
          provider_(provider),
          model_(model),
          dropped_(dropped) {}

    boost::system::result<json, failure> write() {
        add_sampling();
        add_limits();
        add_format();
        add_modalities();
        add_thinking();
        if (problem_) return *problem_;
        return std::move(made_);
    }

 private:
    void add_sampling() {
        if (asked_.temperature) {
            made_["temperature"] = std::clamp(*asked_.temperature, 0.0, temperature_max);
        }
        set("topP", asked_.top_p);
        set("topK", asked_.top_k);
        set("presencePenalty", asked_.presence_penalty);
        set("frequencyPenalty", asked_.frequency_penalty);
        if (!asked_.seed) return;
        using limits = std::numeric_limits<std::int32_t>;
        const bool fits = *asked_.seed >= limits::min() && *asked_.seed <= limits::max();
        if (fits) made_["seed"] = *asked_.seed;
        dropped_.note(!fits, "seed");
    }

    void add_limits() {
        set("maxOutputTokens", asked_.max_tokens);
        if (asked_.stop.size() > stop_sequences_max) {
            refuse("stop", "takes at most 5 stop sequences");
        } else if (!asked_.stop.empty()) {
            made_["stopSequences"] = asked_.stop;
        }
        if (asked_.choices > candidates_max) refuse("n", "gives at most 8 answers at a time");
        if (asked_.choices > 1) made_["candidateCount"] = asked_.choices;
        if (!asked_.logprobs.value_or(false)) return;
        made_["responseLogprobs"] = true;
        if (asked_.top_logprobs.value_or(0) > 0) made_["logprobs"] = *asked_.top_logprobs;
    }

    void add_format() {
        if (!asked_.response_format) return;
        const auto& format = *asked_.response_format;
        if (format.kind == response_format::form::text) return;
        made_["responseMimeType"] = "application/json";
        if (!format.schema.is_null()) made_["responseJsonSchema"] = format.schema;
    }

    void add_modalities() {
        static constexpr std::array<std::pair<std::string_view, const char*>, 3> words{
            {{"text", "TEXT"}, {"image", "IMAGE"}, {"audio", "AUDIO"}}};
        for (const auto& modality : asked_.output_modalities) {
            const auto found = std::ranges::find(
                words, std::string_view(modality), &std::pair<std::string_view, const char*>::first
            );
            if (found == words.end()) return refuse("modalities", "gives only text, images, audio");
            made_["responseModalities"].push_back(found->second);
        }
    }

    void add_thinking() {
        const auto& wish = asked_.reasoning;
        if (generation_of(model_) == gemini_generation::plain) {
            dropped_.note(wish.said() && !is_off(wish), "reasoning_effort");
            return;
        }
        auto thinking = thinking_of(wish, model_);
        if (!thinking.is_null()) made_["thinkingConfig"] = std::move(thinking);
    }

    template <class Value>
    void set(const char* key, const std::optional<Value>& value) {
        if (value) made_[key] = *value;
    }

    void refuse(std::string_view field, std::string_view why) {
        if (!problem_) problem_ = cannot_carry(call_, provider_, model_, field, why);
    }

    const call& call_;
    const request& asked_;
    const provider_settings& provider_;
    std::string_view model_;
    dropped_fields& dropped_;
    json made_ = json::object();
    std::optional<failure> problem_;
};

}  // namespace

boost::system::result<json, failure> gemini_config(
    const call& call,
    const provider_settings& provider,
    std::string_view model,
    dropped_fields& dropped
) {
    return config(call, provider, model, dropped).write();
}

}  // namespace sluice::upstream
