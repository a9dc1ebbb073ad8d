#pragma once

#include "gateway/http/worker.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// What a watcher of the live feed may have besides the gateway's figures: what other endpoints
/// tell, in the same words.
namespace sluice::gateway {

struct live_sections {
    bool targets = false;
    bool keys = false;
    bool streams = false;

    bool any() const { return targets || keys || streams; }
};

/// Names with commas between them; an error is the first name that is none.
boost::system::result<live_sections, std::string> read_sections(std::string_view text);

/// One JSON text for each section: what `serving` says now, or told another watcher of this worker
/// a moment ago (`brief_text::good_for`).
boost::asio::awaitable<std::vector<std::string>> section_events(
    worker& on, std::shared_ptr<const snapshot> serving, live_sections wanted
);

}  // namespace sluice::gateway
