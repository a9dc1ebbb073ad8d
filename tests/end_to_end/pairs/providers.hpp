#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

/// What each provider's service says, byte for byte, and what the gateway has to ask it.
namespace sluice::end_to_end {

struct provider_sample {
    std::string_view name;         ///< the kind in the configuration
    std::string_view settings;     ///< besides kind, base_url and api_key
    std::string_view path;         ///< what is added to the base URL of the configuration
    std::string_view target;       ///< what is asked
    std::string_view credentials;  ///< a header that carries the key
    std::string_view media_type;
    std::string text;  ///< an answer "Hello", with usage
    std::string call;  ///< an answer that calls `add` with {"a":1}
};

inline std::ostream& operator<<(std::ostream& out, const provider_sample& sample) {
    return out << sample.name;
}

const std::vector<provider_sample>& provider_samples();

}  // namespace sluice::end_to_end
