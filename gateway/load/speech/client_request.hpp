#pragma once

#include "upstream/providers/codec.hpp"
#include "upstream/providers/provider_errors.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>

/// What the client codecs of Sluice's own dialects have in common.
namespace sluice::gateway::load {

/// POST of JSON for an event stream, to `path` of the server that `base_url` names with or without
/// `/v1`. Its headers are those of the settings, with their key.
upstream::http_request post_to(
    std::string_view path, const upstream::call& call, const upstream::provider_settings& server
);

/// A chat body in OpenAI's words, of all that Sluice takes. An empty `model` is left out: the
/// server has one of its own.
boost::system::result<std::string, upstream::failure> chat_body(
    const upstream::call& call, const upstream::provider_settings& server, std::string_view model
);

/// Errors in the server's own words: the key is that of the client, which is us.
upstream::provider_errors errors_of(const upstream::provider_settings& server);

}  // namespace sluice::gateway::load
