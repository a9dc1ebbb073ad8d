#pragma once

#include "upstream/generation.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What the providers themselves say when something is wrong, each to the clients of its own API:
/// OpenAI, Anthropic, Google, Ollama. To the native API and the UI stream, which are the gateway's,
/// the mock says that it was asked for. The remedy is as for a real provider's failure, whoever
/// asked for it.
namespace sluice::upstream::mock {

/// The failure with which the provider of that API refuses a request with HTTP `status`, 400 to
/// 599. One that is waited for (429, 503, 529) says how long in `retry_after`.
failure provider_failure(int status, api api, std::string_view model);

/// 429 where money is the reason: OpenAI's `insufficient_quota`. No waiting helps.
failure quota_failure(api api, std::string_view model);

/// 429 where a limit per minute was reached. How it is told differs, and so do the names of limits.
struct limit_reached {
    bool tokens = false;  ///< else requests
    std::int64_t limit = 0;
    std::int64_t used = 0;
    std::int64_t requested = 0;
    double wait_s = 0;
    bool never_fits = false;  ///< the request alone is more than the limit
};
failure limit_failure(const limit_reached& limit, api api, std::string_view model);

/// What the provider reports within a stream that was well until then.
failure overloaded_in_stream(api api);

/// The headers that the provider sends with such a failure, lower-case names. Without Retry-After:
/// the gateway writes that one itself, of what the failure says. `wait_s` is the wait where it is
/// known better than in whole seconds.
header_list provider_error_headers(
    const failure& failure, api api, std::optional<double> wait_s = std::nullopt
);

/// A duration in OpenAI's way: `6ms`, `1.2s`, `6m0s`, `1h0m0s`. Rounded up to a millisecond.
std::string duration_text(double seconds);

}  // namespace sluice::upstream::mock
