#include "upstream/providers/anthropic_thinking.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace sluice::upstream {

namespace {

using nlohmann::json;
using style = anthropic_model::thinking;

constexpr std::int64_t budget_min = 1024;  // by the API

struct level {
    std::string_view effort;
    std::int64_t budget;
    std::string_view told;  ///< to models that take an effort
};
// Doubling up to where Anthropic saw the returns diminish.
constexpr std::array<level, 6> levels{{
    {"minimal", 1024, "low"},
    {"low", 2048, "low"},
    {"medium", 8192, "medium"},
    {"high", 16384, "high"},
    {"xhigh", 24576, "xhigh"},
    {"max", 31999, "max"},
}};

const level& level_of(std::string_view effort) {
    const auto found = std::ranges::find(levels, effort, &level::effort);
    return found == levels.end() ? levels[2] : *found;
}

/// The least effort that is worth the budget.
const level& level_of(std::int64_t budget) {
    const auto found =
        std::ranges::find_if(levels, [&](const level& each) { return each.budget >= budget; });
    return found == levels.end() ? levels.back() : *found;
}

bool is_wished(const reasoning_wish& wish) {
    if (wish.enabled) return *wish.enabled;
    if (wish.budget) return *wish.budget != 0;
    return !wish.effort.empty() && wish.effort != "none";
}

bool is_unwished(const reasoning_wish& wish) {
    return wish.said() && !is_wished(wish);
}

std::string effort_of(const reasoning_wish& wish, const anthropic_model& model) {
    if (wish.effort.empty() && !wish.budget) return {};
    const auto& found = wish.effort.empty() ? level_of(std::max<std::int64_t>(*wish.budget, 0))
                                            : level_of(wish.effort);
    const bool above = model.thinks == style::either && found.told == "xhigh";
    return std::string(above ? "high" : found.told);
}

/// Thoughts count as output: half of what there is stays for the answer, unless the client named
/// the budget itself.
std::optional<std::int64_t> budget_for(
    const reasoning_wish& wish, std::optional<std::int64_t> max
) {
    auto budget = wish.budget && *wish.budget > 0 ? *wish.budget : level_of(wish.effort).budget;
    if (max) budget = std::min(budget, wish.budget ? *max - 1 : std::max(*max / 2, budget_min));
    budget = std::max(budget, budget_min);
    if (max && budget >= *max) return {};
    return budget;
}

bool thinks_adaptively(const request& request, const anthropic_model& model) {
    if (model.thinks == style::either) return !request.reasoning.budget;
    return model.thinks == style::adaptive;
}

void plan_adaptive(const request& request, const anthropic_model& model, anthropic_thinking& plan) {
    plan.thinking = json{{"type", "adaptive"}};
    // Newer models keep their thoughts to themselves unless they are asked.
    plan.thinking["display"] = request.reasoning.visible == false ? "omitted" : "summarized";
    plan.effort = effort_of(request.reasoning, model);
    plan.on = true;
}

void plan_budget(const request& request, anthropic_thinking& plan) {
    const auto budget = budget_for(request.reasoning, request.max_tokens);
    if (!budget) {
        plan.refused = true;
        return;
    }
    plan.thinking = json{{"type", "enabled"}, {"budget_tokens", *budget}};
    if (!request.max_tokens) plan.max_tokens += *budget;
    plan.on = true;
}

}  // namespace

anthropic_thinking plan_thinking(
    const request& request, const anthropic_model& model, const thinking_obstacles& obstacles
) {
    const auto& wish = request.reasoning;
    anthropic_thinking plan;
    plan.max_tokens = request.max_tokens.value_or(model.max_tokens_default);
    const bool adaptive = thinks_adaptively(request, model);
    // A budget alone wants the earlier thoughts of the turn. An answer that has begun with words is
    // past thinking.
    const bool possible =
        !obstacles.forced && !request.prefilled && (adaptive || !obstacles.lost_thoughts);
    if (is_unwished(wish) && model.thinks != style::none) {
        plan.thinking = json{{"type", "disabled"}};
    } else if (is_wished(wish) && (!possible || model.thinks == style::none)) {
        plan.refused = true;
    } else if (is_wished(wish)) {
        adaptive ? plan_adaptive(request, model, plan) : plan_budget(request, plan);
    }
    return plan;
}

}  // namespace sluice::upstream
