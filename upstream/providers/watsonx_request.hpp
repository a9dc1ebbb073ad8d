#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/providers/settings.hpp"

#include <boost/system/result.hpp>

#include <string_view>

namespace sluice::upstream {

/// The request for a streamed chat at watsonx.ai.
///
/// `model` is a model's id, which is asked for within the provider's project or space; or
/// `deployment/ID`, a deployment by its id or name, which has its own. The bearer token is an IAM
/// token in `provider.bearer_token`, or the client's where its key is passed on.
boost::system::result<http_request, failure> make_watsonx_request(
    const call& call, const provider_settings& provider, std::string_view model
);

}  // namespace sluice::upstream
