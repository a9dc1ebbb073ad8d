#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/providers/provider_headers.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace sluice::upstream {

/// The provider's address with the interface's version: that which it is configured with, or
/// v1beta.
std::string gemini_root(const provider_settings& provider);
/// Keys of the Gemini API have a header of their own; Google Cloud wants access tokens.
void set_gemini_key(
    request_headers& headers, const provider_settings& provider, std::string_view key
);

/// The request for generateContent or streamGenerateContent: a Gemini client's body byte for byte,
/// any other translated.
boost::system::result<http_request, failure> make_gemini_request(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
