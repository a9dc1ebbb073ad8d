#pragma once

#include "upstream/providers/codec.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream {

/// Where Ollama listens unless it is told otherwise.
inline constexpr std::string_view ollama_base_url = "http://127.0.0.1:11434";

/// The HTTP request for Ollama, or why it can't be asked for this.
boost::system::result<http_request, failure> make_ollama_request(
    const call& call, const provider_settings& provider, std::string_view model
);

/// The body of `/api/chat` for a request that came in another dialect, always streamed, as
/// `http_request` holds it with its dropped fields. A failure where Ollama can't carry the request.
boost::system::result<http_request, failure> translate_ollama_body(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
