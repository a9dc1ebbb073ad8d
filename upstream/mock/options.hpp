#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sluice::upstream {

/// The trouble that `X-Mock-Error` asks for.
struct mock_error {
    enum class kind {
        none,
        status,          ///< `429`: refused with that HTTP status, 400 to 599
        reset_after,     ///< `reset-after=N`: the upstream connection breaks after N tokens
        stall_after,     ///< `stall-after=N`: nothing comes after N tokens
        truncate_after,  ///< `truncate-after=N`: the upstream ends after N tokens, without an
                         ///< ending
        cut_after,       ///< `cut-after=N`: the client's connection is cut; not the mock's to do
    };
    kind what = kind::none;
    std::int64_t value = 0;  ///< the status or the number of tokens

    bool operator==(const mock_error&) const = default;
};

/// Reads the value of `X-Mock-Error`; nothing: it cannot be read. An empty one asks for nothing.
std::optional<mock_error> parse_mock_error(std::string_view value);

namespace mock {

constexpr std::int64_t tokens_max = 1'000'000;
constexpr std::int64_t tool_calls_max = 64;
constexpr std::int64_t citations_max = 64;
constexpr double rate_max = 1e6;
constexpr std::chrono::milliseconds ttft_max = std::chrono::hours(1);

/// How one request is to be answered.
struct options {
    std::chrono::milliseconds ttft{0};
    double rate = 0;  ///< tokens per second of each choice; 0: as fast as possible
    std::optional<std::uint64_t> seed;
    std::optional<std::int64_t> tokens;
    std::string tool_call;       ///< the function to call; empty: as the request says
    std::string media;           ///< the media type to answer with; empty: none
    std::int64_t reasoning = 0;  ///< tokens of thoughts ahead of the answer
    std::size_t tool_calls = 0;  ///< how many at once; 0: as the request says
    std::size_t citations = 0;   ///< of the text
    bool refusal = false;        ///< the answer is one
    mock_error error;
};

/// `given` are a request's `X-Mock-*` settings by suffix ('_' is as good as '-'); they override
/// `configured`, whose seed is left out: a request's own `seed` comes between the two.
std::variant<options, failure> read_options(
    const mock_settings& configured, const std::map<std::string, std::string>& given
);

/// The failure for `X-Mock-Error: <status>`.
failure failure_of_status(int status);

/// A failure of status 400 that blames `param`.
failure invalid_request(std::string param, std::string message);

}  // namespace mock
}  // namespace sluice::upstream
