#pragma once

#include "upstream/providers/codec.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// The HTTP request for a chat completion, or why this provider cannot be asked for it.
boost::system::result<http_request, failure> make_openai_request(
    const call& call, const provider_settings& provider, std::string_view model
);

/// The client's own body with another model in it and, where `ask_usage`, the wish for usage. Every
/// other byte stays. Nothing where the body is no JSON object.
std::optional<std::string> splice_openai_body(
    std::string_view body, std::string_view model, bool ask_usage
);

/// The body for a request that came in another dialect; always streamed.
std::string translate_openai_body(
    const request& request, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
