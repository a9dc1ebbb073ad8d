#pragma once

#include "gateway/config/configuration.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/streams/meter.hpp"
#include "gateway/streams/publication.hpp"
#include "upstream/alarm.hpp"
#include "upstream/routing/upstreams.hpp"
#include "upstream/source.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sluice::gateway {

class registry;

/// Everything that is decided about a stream before it begins.
struct stream_plan {
    std::shared_ptr<const configuration> settings;  ///< the snapshot the stream lives by
    const gateway::dialect* dialect = nullptr;
    upstream::call call;
    std::shared_ptr<const upstream::provider> provider;
    std::string target_model;
    upstream::timeouts limits;
    disconnect_policy on_disconnect = disconnect_policy::cancel;
    bool attachable = false;  ///< keeps its history, and its id is told: native streams
    std::string key_id;       ///< whose it is; empty without keys
    stream_names names;       ///< the id is given by the registry
};

/// One generation and the frames made from it. Owned by its worker's registry.
///
/// It pulls from its source once per turn of the event loop, encodes into the journal, and lets
/// each reader write: plain calls, no lock, no allocation per token once warm. Whatever ends it
/// leaves through `settle`, where the source and the clocks are given back and the outcome is
/// recorded.
class stream final : public publication, private upstream::source_listener {
 public:
    stream(registry& owner, stream_plan plan);
    ~stream() override;

    /// Begins the generation. The first frames come in a later turn.
    void begin();
    /// One turn: take, meter, encode, append, let the readers write.
    void pump();
    /// Ends the generation from outside: cancelled, drained.
    void stop(upstream::outcome outcome, std::string message);
    /// Looks at the clock of a stream without readers; the registry calls it for each of them.
    void on_tick(std::chrono::steady_clock::time_point now);

    /// The client was given the stream's id, so that it could come back.
    void note_start_delivered() { start_delivered_ = true; }

    const stream_plan& plan() const { return plan_; }
    const std::string& id() const { return plan_.names.id; }
    const meter& metered() const { return meter_; }
    /// How it ended; meaningful once ended().
    const upstream::ending& ending() const { return ending_; }
    /// The whole answer where one document was asked for; valid once it completed.
    const std::string& document() const { return document_; }
    const upstream::response_head& upstream_head() const {
        return source_ ? source_->head() : upstream_head_;
    }
    /// Its id was, or is about to be, told to its client.
    bool joinable() const { return plan_.attachable && committed(); }
    /// Whether it has been ended for longer than it is to be held.
    bool expired(std::chrono::steady_clock::time_point now) const;

    bool queued = false;  ///< the registry's: waits for its turn

 private:
    void on_ready() override;
    void on_last_reader_left() override;
    void on_progress() override;

    bool wants_more() const;
    std::uint64_t backlog() const;
    void deliver();
    void commit();
    void arm_commit();
    void settle(upstream::ending ending);
    void close_frames();
    void trim();
    bool overflows() const;

    registry& owner_;
    stream_plan plan_;
    std::unique_ptr<document_builder> builder_;
    std::string document_;
    std::size_t document_bytes_ = 0;
    meter meter_;
    upstream::batch batch_;
    upstream::ending ending_;
    upstream::response_head upstream_head_;
    upstream::alarm commit_timer_;
    std::optional<std::chrono::steady_clock::time_point> abandoned_;  ///< when the last reader left
    std::chrono::steady_clock::time_point ended_at_{};
    bool start_delivered_ = false;
    bool held_ = false;  ///< not taking, for a backlog
    std::unique_ptr<upstream::source> source_;
};

}  // namespace sluice::gateway
