#pragma once

#include "gateway/config/load.hpp"
#include "gateway/http/snapshot.hpp"
#include "gateway/telemetry/metric_families.hpp"

#include <boost/system/result.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::gateway {

/// Reads the configuration once more as it was read at the start: the file, and what the command
/// line adds to it. Called on one thread that serves no requests.
using configuration_loader =
    std::function<boost::system::result<configuration, configuration_errors>()>;

/// What a reload came to.
struct reloaded {
    std::shared_ptr<const snapshot> next;
    std::vector<std::string> kept;  ///< settings that were changed in vain, by their names
};

/// Gives `next` the running values of what can't change while the gateway runs: its listeners,
/// threads and files. Returns the names of those that would have changed.
std::vector<std::string> keep_fixed(configuration& next, const configuration& running);

/// Makes what takes the place of `running`, or says all that is wrong: what the start would refuse
/// is refused. Touches nothing that runs; throws nothing.
boost::system::result<reloaded, configuration_errors> load_next(
    const snapshot& running, const configuration_loader& load
);

/// How reloads went since the start. Written by one thread, read by any.
struct reload_figures {
    std::atomic<std::int64_t> ok{0};
    std::atomic<std::int64_t> failed{0};
    std::atomic<std::int64_t> loaded{0};  ///< Unix seconds when what is served now was loaded
};

void add_reload_metrics(metric_families& to, const reload_figures& figures);

}  // namespace sluice::gateway
