#include "upstream/providers/gemini_model.hpp"

namespace sluice::upstream {

namespace {

/// The name behind any path: `models/gemini-3-pro` is `gemini-3-pro`.
std::string_view bare(std::string_view model) {
    return model.substr(model.rfind('/') + 1);
}

}  // namespace

gemini_generation generation_of(std::string_view model) {
    const auto name = bare(model);
    if (!name.starts_with("gemini")) return gemini_generation::plain;
    for (const std::string_view old : {"gemini-1", "gemini-2.0", "gemini-pro"}) {
        if (name.starts_with(old) && name != "gemini-pro-latest") return gemini_generation::plain;
    }
    return name.starts_with("gemini-2") ? gemini_generation::budget : gemini_generation::level;
}

bool is_gemini_pro(std::string_view model) {
    return bare(model).find("-pro") != std::string_view::npos;
}

bool is_vertex(const provider_settings& provider) {
    const std::string_view url = provider.base_url;
    return url.find("/publishers/") != std::string_view::npos ||
           url.find("aiplatform.") != std::string_view::npos;
}

}  // namespace sluice::upstream
