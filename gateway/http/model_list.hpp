#pragma once

#include "gateway/dialects/model_lists.hpp"
#include "gateway/http/request_scope.hpp"

#include <boost/asio/awaitable.hpp>

#include <vector>

namespace sluice::gateway {

/// The models that the request's key may ask for: configured names, and for a route with a trailing
/// `*` what its provider lists, asked for at most once a minute by each worker. A provider that
/// does not answer is left out.
boost::asio::awaitable<std::vector<listed_model>> list_models(request_scope& scope);

}  // namespace sluice::gateway
