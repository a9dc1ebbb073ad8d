#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/distribution.hpp"
#include "upstream/mock/fault.hpp"
#include "upstream/mock/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::upstream::mock {

constexpr std::int64_t tokens_max = 1'000'000;
constexpr std::int64_t tool_calls_max = 64;
constexpr std::int64_t citations_max = 64;
constexpr double rate_max = 1e6;
constexpr std::chrono::milliseconds ttft_max = std::chrono::hours(1);

/// How one request is to be answered. What was a distribution of lengths has been drawn.
struct options {
    distribution ttft;                ///< seconds
    double rate = 0;                  ///< tokens per second of each choice; 0: as fast as possible
    std::optional<distribution> gap;  ///< seconds, in place of the rate
    double prefill_s = 0;             ///< per token of the prompt that is not cached
    std::optional<std::uint64_t> seed;
    std::optional<std::uint64_t>
        key;  ///< stands for the prompt: the answer depends on seed and key alone
    std::optional<std::int64_t> tokens;
    std::string content;               ///< a style of text by name (see text_style); empty: prose
    std::optional<std::string> reply;  ///< the text to answer with, whatever the prompt is
    std::string thoughts;  ///< the text of the thoughts; empty: made, `reasoning` tokens of them
    std::vector<upstream::tool_call> scripted_calls;  ///< the tool calls to answer with
    std::string tool_call;       ///< the function to call; empty: as the request says
    std::string media;           ///< the media type to answer with; empty: none
    std::int64_t reasoning = 0;  ///< tokens of thoughts ahead of the answer
    std::size_t tool_calls = 0;  ///< how many at once; 0: as the request says
    std::size_t citations = 0;   ///< of the text
    bool refusal = false;        ///< the answer is one
    bool stamp = false;          ///< each token of text begins with its number and its time
    fault error;
    bool error_asked = false;  ///< the request itself says `error`: it is neither script nor chance
    bool error_given = false;  ///< by name, even if it is none: nothing is left to chance
};

/// What a request says in its prompt: a line `[mock tokens=100 rate=50 stamp=true]` at the
/// beginning of the last user message says what `X-Mock-*` headers do, through whatever stands
/// between that does not hand headers on. Empty: nothing.
std::map<std::string, std::string> settings_in_prompt(const request& request);

/// `given` are a request's `X-Mock-*` settings by suffix ('_' is as good as '-'). Over what is
/// configured goes the profile, over that the script's rule, then what the prompt says, and the
/// headers over all. The configured seed is left out: a request's own `seed` comes between the two.
std::variant<options, failure> read_options(
    const mock_settings& configured,
    const request& request,
    const std::map<std::string, std::string>& given
);

/// What is wrong with settings by suffix, before anybody asks for them; nothing: all is well.
std::optional<failure> check_settings(const std::map<std::string, std::string>& settings);

/// A failure of status 400 that blames `param`.
failure invalid_request(std::string param, std::string message);

}  // namespace sluice::upstream::mock
