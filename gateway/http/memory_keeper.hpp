#pragma once

#include "gateway/http/memory_watch.hpp"
#include "gateway/http/pressure.hpp"
#include "upstream/alarm.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>

namespace sluice::gateway {

/// Looks at the memory in use fifty times a second, publishes what it sees, and has memory given
/// back where it runs short. Lives on the control thread.
class memory_keeper {
 public:
    /// `streams` tells how many run; `relieve` has the workers drop what nobody reads. `published`
    /// outlives this.
    memory_keeper(
        boost::asio::io_context& control,
        pressure& published,
        std::function<std::uint64_t()> streams,
        std::function<void()> relieve
    );

    /// Finds the ceiling, and looks from now on. Called again, another one is configured.
    void keep_below(std::optional<std::size_t> configured);
    void stop() { timer_.cancel(); }

 private:
    using clock = std::chrono::steady_clock;

    void look();
    void report(memory_level before) const;
    void free_some();

    pressure& published_;
    std::function<std::uint64_t()> streams_;
    std::function<void()> relieve_;
    upstream::alarm timer_;
    std::optional<memory_watch> watch_;
    int step_;               ///< looks since the last round of freeing began
    bool relieved_ = false;  ///< in this round
};

}  // namespace sluice::gateway
