#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>

#include <chrono>
#include <string>
#include <string_view>

/// The exchange of an IBM Cloud API key for an access token, as far as it is pure.
namespace sluice::upstream {

/// An access token and for how long it is good from the moment that it came.
struct iam_token {
    std::string text;
    std::chrono::seconds life{0};
};

/// The form that asks for a token. `provider.iam_url` may be empty: IBM's public one.
http_request make_iam_request(const provider_settings& provider);

/// What the answer brought: a token, or a failure in which nothing of the key or the answer's own
/// text is told. `now` counts only where the answer says when the token expires but not how long it
/// lives.
boost::system::result<iam_token, failure> read_iam_answer(
    const provider_settings& provider,
    int status,
    const header_list& headers,
    std::string_view body,
    std::chrono::system_clock::time_point now
);

/// When to ask for the next one, counted from the token's coming: a fifth of its life before its
/// end, but at least a minute, so that a slow exchange is over in time, and at most ten, so that a
/// token is not thrown away young; yet never in the first half of its life.
std::chrono::seconds iam_refresh_after(std::chrono::seconds life);

/// How long to use it: less than its life, since clocks and the way to the service take time.
std::chrono::seconds iam_usable_for(std::chrono::seconds life);

}  // namespace sluice::upstream
