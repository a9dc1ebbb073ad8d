#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/settings.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

/// Pictures, sounds and files as parts of a Gemini content.
namespace sluice::upstream {

/// Why a part can't be sent, as the end of a sentence that begins with the target's name.
struct gemini_part {
    nlohmann::json part;  ///< null: it can't
    std::string why;
};

gemini_part gemini_image(
    const image_part& image, const provider_settings& provider, std::string_view model
);
gemini_part gemini_audio(const audio_part& audio);
gemini_part gemini_file(
    const file_part& file, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
