#pragma once

#include "gateway/http/worker.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace sluice::gateway {

/// The list of models in OpenAI's form: configured names, and for a route with a trailing `*` what
/// its provider lists, asked for at most once a minute by each worker. A provider that does not
/// answer is left out.
boost::asio::awaitable<std::string> list_models(worker& worker);

/// One entry of that list.
std::string describe_model(std::string_view model, std::string_view owner);

}  // namespace sluice::gateway
