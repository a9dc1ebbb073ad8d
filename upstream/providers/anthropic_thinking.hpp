#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/anthropic_model.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace sluice::upstream {

/// How a wish for reasoning is told to a model, and how long its answer may be.
struct anthropic_thinking {
    nlohmann::json thinking;  ///< null: is left out
    std::string effort;       ///< of output_config; empty: is left out
    std::int64_t max_tokens = 0;
    bool on = false;
    bool refused = false;  ///< it was wished for, and can't be had
};

/// What else in a request may forbid a model to think.
struct thinking_obstacles {
    bool forced = false;         ///< a call of a tool is demanded
    bool lost_thoughts = false;  ///< the open turn's earlier thoughts are not there
};

anthropic_thinking plan_thinking(
    const request& request, const anthropic_model& model, const thinking_obstacles& obstacles
);

}  // namespace sluice::upstream
