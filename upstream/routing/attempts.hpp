#pragma once

#include "upstream/alarm.hpp"
#include "upstream/generation.hpp"
#include "upstream/routing/destination.hpp"
#include "upstream/routing/itinerary.hpp"
#include "upstream/routing/lane.hpp"
#include "upstream/routing/resumption.hpp"
#include "upstream/source.hpp"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// A generation's tries at its targets, seen by its owner as one source.
///
/// Until the first content it searches: an attempt that fails is thrown away with all that it said,
/// and the next one begins, perhaps after a pause, perhaps ahead of the failure (a hedge). The
/// first that has content leads from then on, and all that it says passes at once. Where it breaks
/// off and the route allows it, another search begins for one that goes on.
///
/// The clocks run here; the one for progress stands still while the owner leaves something untaken.
class attempts final : public source, private source_listener {
 public:
    attempts(
        boost::asio::io_context& context,
        destination destination,
        call call,
        begin_attempt begin,
        source_listener& listener
    );

    void take(batch& out) override;
    bool waiting() const override;
    bool can_pause() const override;
    void cancel() override;
    const response_head& head() const override { return head_; }

 private:
    using clock = std::chrono::steady_clock;

    /// Why an attempt is begun.
    enum class cause { turn, hedge, instruction };
    struct planned {
        itinerary::step step;
        cause why = cause::turn;
        bool paid = false;  ///< out of the retry budget
    };

    /// What only a search needs. It goes with the first content, where nothing can be continued.
    struct search {
        search(destination destination, call call);

        destination to;
        upstream::call call;
        itinerary route;
        std::vector<std::unique_ptr<lane>> lanes;          ///< attempts under way
        std::optional<planned> pending;                    ///< waits for its pause to be over
        clock::time_point due = clock::time_point::max();  ///< of the pending step
        clock::time_point hedge_at = clock::time_point::max();
        const lane* hedge = nullptr;               ///< the one that was begun ahead of any failure
        response_head told_head;                   ///< of the answer that failed so
        std::optional<failure> told;               ///< what the client hears if all fail
        std::vector<std::size_t> prefill_refused;  ///< by targets that were thought to take it
    };

    void on_ready() override;

    void take_first(batch& out);
    void take_lead(batch& out);
    void lead_with(std::size_t lane, batch& out);
    void pass(batch& out);

    bool start_next();
    bool launch(const planned& next);
    std::optional<planned> afford(const itinerary::step& step, cause why);
    bool is_extra(const itinerary::step& step, cause why) const;
    void begin_lane(
        const planned& next, std::unique_ptr<target_health::attempt> health, upstream::call& call
    );
    bool may_prefill(std::size_t target) const;
    bool continues() const { return resumption_ && resumption_->times() > 0; }
    void fail(std::size_t lane, failure reason);
    bool ask_without_prefill(const lane& refused, const failure& reason);
    bool go_on_elsewhere(const failure& reason);
    void remember(const lane& failed, failure reason);
    void give_up();
    void hedge();
    void plan_hedge(const lane& first);
    void discard(lane& loser);
    void note_discarded(std::int64_t tokens);
    void open_record(lane& begun, upstream::call& call);
    attempt_record& record_of(const lane& lane) { return head_.trail[lane.number]; }
    void close_record(const lane& ended, std::string_view outcome);
    void close_record(const lane& ended, const failure& reason);
    void take_head(response_head of);
    void forget_search();
    void close(batch& out);

    clock::time_point next_deadline() const;
    void arm();
    void on_timer();
    void on_search_timer(clock::time_point now);
    void on_progress_timer(clock::time_point now);
    void expire(failure reason);

    source_listener& listener_;
    begin_attempt begin_;
    timeouts limits_;
    alarm timer_;
    clock::time_point started_ = clock::now();
    clock::time_point progress_deadline_ = clock::time_point::max();
    clock::time_point armed_for_ = clock::time_point::max();
    std::shared_ptr<route_state> route_;
    response_head head_;
    std::int64_t losers_ = 0;  ///< attempts that were cut off before they told their usage
    bool taking_ = false;      ///< news are looked for anyway
    bool done_ = false;
    bool spent_ = false;  ///< the tokens asked for are all delivered
    std::optional<failure> expired_;
    std::unique_ptr<resumption> resumption_;  ///< null: not to be continued
    std::unique_ptr<search> search_;          ///< null: nothing is searched any more
    std::unique_ptr<lane> retired_;           ///< led until it broke off; its texts may be in use
    std::unique_ptr<lane> lead_;              ///< has content; null while searching
};

}  // namespace sluice::upstream
