#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::upstream {

/// What a model of the Messages API takes, as far as its name tells. Hosts that only imitate the
/// API are taken to know what it had from the beginning.
struct anthropic_model {
    enum class thinking {
        none,      ///< before Claude 3.7
        budget,    ///< `enabled` with a number of tokens
        either,    ///< Claude 4.6
        adaptive,  ///< `adaptive` with an effort; a budget is refused
    };

    thinking thinks = thinking::budget;
    bool has_sampling = true;   ///< temperature, top_p and top_k
    bool takes_both = true;     ///< temperature and top_p in one request
    bool has_schemas = true;    ///< output_config.format
    bool strict_tools = false;  ///< `strict` in a tool's definition
    bool prefills = true;       ///< goes on with an answer that it is given the beginning of
    std::int64_t max_tokens_default = 8192;
};

anthropic_model anthropic_model_of(std::string_view name);

}  // namespace sluice::upstream
