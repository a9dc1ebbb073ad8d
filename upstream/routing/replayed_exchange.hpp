#pragma once

#include "upstream/alarm.hpp"
#include "upstream/generation.hpp"
#include "upstream/mock/recording.hpp"
#include "upstream/mock/replay_settings.hpp"
#include "upstream/providers/codec.hpp"
#include "upstream/providers/settings.hpp"
#include "upstream/source.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// Plays the recording that fits a call best. `provider` names who answers; `listener` outlives the
/// source; `call` is read before this returns. A call that no recording can answer fails.
std::unique_ptr<source> start_replay(
    boost::asio::io_context& context,
    const provider_settings& provider,
    const replay_settings& replay,
    const call& call,
    std::string_view model,
    source_listener& listener
);

/// A source made of one recorded answer and the codec of its protocol: as `exchange` is of a
/// transfer.
///
/// Each read is due at its time since the request, divided by the speed, so that what comes late
/// delays nothing behind it. What is not taken waits.
class replayed_exchange final : public source {
 public:
    /// An answer to be played. `codec` has encoded the call already.
    struct answer {
        std::shared_ptr<const recording> played;
        double speed = 1;  ///< 0: all is due at once
        std::unique_ptr<upstream::codec> codec;
        std::vector<std::string> dropped;  ///< fields that are not sent up
        bool transparent = false;          ///< it is passed on in the provider's own bytes
    };

    replayed_exchange(boost::asio::io_context& context, answer played, source_listener& listener);

    void take(batch& out) override;
    bool waiting() const override;
    bool can_pause() const override { return true; }
    void cancel() override;
    const response_head& head() const override { return head_; }

 private:
    using clock = std::chrono::steady_clock;

    clock::time_point due(double seconds) const;
    clock::time_point next_due() const;
    std::string_view due_bytes(clock::time_point now);
    bool all_read() const { return next_ == answer_.played->reads.size(); }
    void take_body(batch& out, clock::time_point now);
    void take_refusal(batch& out, clock::time_point now);
    void finish(batch& out);
    void end(batch& out, failure reason);
    void arm();

    source_listener& listener_;
    answer answer_;
    clock::time_point started_ = clock::now();
    std::size_t next_ = 0;   ///< the read that comes next
    std::size_t taken_ = 0;  ///< bytes of the body
    response_head head_;
    bool done_ = false;
    alarm timer_;
};

}  // namespace sluice::upstream
