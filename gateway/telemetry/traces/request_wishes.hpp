#pragma once

#include "upstream/generation.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// The parameters of a request that spans tell of. Bounded.
struct request_wishes {
    static constexpr std::size_t stops_max = 8;
    static constexpr std::size_t stop_bytes_max = 128;

    std::optional<std::int64_t> max_tokens;
    std::optional<double> temperature;
    std::optional<double> top_p;
    std::optional<std::int64_t> top_k;
    std::optional<std::int64_t> seed;
    std::optional<double> frequency_penalty;
    std::optional<double> presence_penalty;
    std::optional<std::int64_t> choices;  ///< nothing: one
    std::vector<std::string> stop;

    bool operator==(const request_wishes&) const = default;
};

request_wishes wishes_of(const upstream::request& decoded);

/// Of a body that was not decoded, since it goes up as it came: OpenAI's chat completions or
/// Anthropic's messages. Known to be a JSON object; what has another form than expected is left
/// out.
request_wishes wishes_in(std::string_view body);

}  // namespace sluice::gateway
