#pragma once

#include "upstream/alarm.hpp"
#include "upstream/generation.hpp"
#include "upstream/source.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace sluice::upstream {

/// The clocks of one generation. Content counts, pings do not.
struct timeouts {
    std::chrono::milliseconds first_token{120'000};
    std::chrono::milliseconds progress{120'000};
    std::optional<std::chrono::milliseconds> total;
};

/// Begins one attempt, whose news go to the listener.
using begin_attempt = std::function<std::unique_ptr<source>(source_listener&)>;

/// A generation's tries at its targets, seen by its owner as one source.
///
/// What comes before the first content (role frames, pings) belongs to the attempt: it is held
/// back, and thrown away with an attempt that fails. From the first content on, everything passes
/// at once. The clocks run here; the one for progress stands still while the owner leaves something
/// untaken.
class attempts final : public source, private source_listener {
 public:
    attempts(
        boost::asio::io_context& context,
        const timeouts& limits,
        begin_attempt begin,
        source_listener& listener
    );

    void take(batch& out) override;
    bool waiting() const override;
    bool can_pause() const override { return attempt_->can_pause(); }
    void cancel() override;
    const response_head& head() const override { return attempt_->head(); }

 private:
    using clock = std::chrono::steady_clock;

    void on_ready() override;
    void hold(batch& from);
    void release_held(batch& out);
    void note_content(const batch& batch);
    void end(batch& out, failure reason);
    clock::time_point next_deadline() const;
    void arm();
    void on_timer();
    void expire(outcome outcome, std::string message);

    source_listener& listener_;
    timeouts limits_;
    alarm timer_;
    clock::time_point started_;
    clock::time_point progress_deadline_;  ///< the first token's until there was content
    clock::time_point armed_for_;
    bool content_ = false;
    bool done_ = false;
    std::optional<failure> expired_;
    batch arrived_;
    std::list<std::string> held_text_;  ///< owns what the held items point to
    std::vector<item> held_;
    std::size_t held_bytes_ = 0;
    std::unique_ptr<source> attempt_;  ///< last: it may call back until it is gone
};

/// Whether an item is worth showing by itself: a delta that is not empty, or a finish.
bool is_content(const item& item);

}  // namespace sluice::upstream
