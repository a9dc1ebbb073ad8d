#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/settings.hpp"
#include "upstream/source.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace sluice::upstream {

/// Starts a generation of the mock model: the same seed and prompt give the same tokens.
/// A setting in `call.mock` that cannot be read ends it with a failure of status 400 that names it.
/// The listener outlives the source; `call` is read before this returns.
std::unique_ptr<source> start_mock(
    boost::asio::io_context& context,
    const mock_settings& settings,
    const call& call,
    source_listener& listener
);

}  // namespace sluice::upstream
