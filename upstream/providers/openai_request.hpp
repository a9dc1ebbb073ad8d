#pragma once

#include "upstream/providers/codec.hpp"

#include <boost/system/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// The HTTP request for a chat completion, a completion or embeddings, or why this provider cannot
/// be asked for it.
boost::system::result<http_request, failure> make_openai_request(
    const call& call, const provider_settings& provider, std::string_view model
);

/// The headers of a request to an API of OpenAI's. `document`: the answer is no stream.
std::vector<std::string> openai_headers_of(
    const call& call, const provider_settings& provider, std::string_view key, bool document
);

/// The client's own body with another model in it and, where `ask_usage`, the wish for usage. Every
/// other byte stays. Nothing where the body is no JSON object.
std::optional<std::string> splice_openai_body(
    std::string_view body, std::string_view model, bool ask_usage
);

/// The body for a request that came in another dialect.
struct translated_body {
    std::string text;
    std::vector<std::string> dropped;  ///< by the client's names
};
/// Always streamed. A failure where this host can't carry the request.
boost::system::result<translated_body, failure> translate_openai_body(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
