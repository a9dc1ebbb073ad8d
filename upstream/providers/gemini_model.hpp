#pragma once

#include "upstream/providers/settings.hpp"

#include <string_view>

/// What differs between Google's models and between its two hosts.
namespace sluice::upstream {

enum class gemini_generation {
    plain,   ///< up to 2.0, and Gemma: no thoughts that could be steered
    budget,  ///< 2.5: thinks within a budget
    level,   ///< 3 and later: thinks at a level, and wants the signatures of its calls back
};

/// Names without a number (`gemini-flash-latest`) stand for the newest.
gemini_generation generation_of(std::string_view model);

/// The models that can't be kept from thinking.
bool is_gemini_pro(std::string_view model);

/// Google Cloud, in place of the Gemini API.
bool is_vertex(const provider_settings& provider);

}  // namespace sluice::upstream
