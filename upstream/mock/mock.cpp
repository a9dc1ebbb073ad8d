#include "upstream/mock/mock.hpp"

#include "upstream/mock/mock_source.hpp"

#include <chrono>
#include <utility>

namespace sluice::upstream {

std::unique_ptr<source> start_mock(
    boost::asio::io_context& context,
    const mock_settings& settings,
    const call& call,
    source_listener& listener
) {
    auto state = settings.shared;
    if (!state)
        state = std::make_shared<mock::model_state>(settings, std::chrono::steady_clock::now());
    auto made = std::make_unique<mock::mock_source>(context, std::move(state), listener);
    made->start(context, settings, call);
    return made;
}

}  // namespace sluice::upstream
