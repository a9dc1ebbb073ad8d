#pragma once

#include "gateway/admission/grant.hpp"
#include "gateway/config/configuration.hpp"
#include "gateway/dialects/dialect.hpp"
#include "gateway/streams/meter.hpp"
#include "gateway/streams/publication.hpp"
#include "gateway/telemetry/generation_record.hpp"
#include "gateway/telemetry/stream_figures.hpp"
#include "gateway/telemetry/traces/request_trace.hpp"
#include "gateway/telemetry/transcript.hpp"
#include "upstream/alarm.hpp"
#include "upstream/routing/upstreams.hpp"
#include "upstream/source.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace sluice::gateway {

class registry;

/// Everything that is decided about a stream before it begins. The registry gives the id.
struct stream_plan : stream_identity {
    std::shared_ptr<const configuration> settings;  ///< the snapshot the stream lives by
    upstream::call call;
    upstream::destination to;
    disconnect_policy on_disconnect = disconnect_policy::cancel;
    bool kept = false;      ///< keeps its history, so that others can join and who left can return
    bool detached = false;  ///< begins without a reader, and is a stream from its first moment on
    std::string conversation;  ///< the chat whose latest stream this is; empty: none
    std::string request_key;   ///< the name under which the same request joins it, see store::claim
    std::unique_ptr<gateway::grant> grant;  ///< null: nothing bounds it, and nobody keeps books

    // For those who watch.
    std::string route;           ///< the configured name, perhaps a pattern
    std::string_view operation;  ///< in the words of OpenTelemetry's GenAI conventions
    std::string request_id;
    std::chrono::steady_clock::time_point asked{};    ///< when the request had come
    std::unique_ptr<request_trace> trace;             ///< null: no spans are made of it
    std::unique_ptr<gateway::transcript> transcript;  ///< null: nobody wants prompt and answer
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

    void note_start_delivered() override { start_delivered_ = true; }
    /// A reader comes and goes, and is no less a reader in between: its leaving is never the end.
    void note_polled() { polled_ = true; }
    /// Somebody asked for it to go on without readers, after it had begun with one.
    void note_detached();

    const stream_plan& plan() const { return plan_; }
    const stream_identity& identity() const override { return plan_; }
    const meter& metered() const { return meter_; }
    /// Where its time went, until now or its end.
    generation_timing timing() const;
    /// How it went, once it has ended.
    generation_record told() const;
    /// Its own among the worker's figures; null: it had no content, or nobody measures.
    stream_series* series() const { return series_; }
    /// How much of its content nobody has read.
    std::int64_t unread_items() const { return unread_items_; }
    /// Nobody wants prompt and answer any more.
    void forget_transcript() { plan_.transcript.reset(); }
    const upstream::response_head& upstream_head() const override {
        return source_ ? source_->head() : upstream_head_;
    }
    /// Its id was, or is about to be, told to its client.
    bool joinable() const { return plan_.kept && committed(); }
    /// Whether its answer is held once it has ended.
    bool retained() const;
    /// Whether it answers the same request once it has ended: one that came to nothing, or was
    /// given up because nobody waited, does not.
    bool answers_again() const;
    /// Whether it ended so lately that a reader who has lost its connection may still come for
    /// that.
    bool awaited(std::chrono::steady_clock::time_point now) const;
    /// The bound that cut it short; empty: none did.
    std::string spent_bound() const { return plan_.grant ? plan_.grant->spent() : std::string{}; }
    /// Whether it has been ended for longer than it is to be held.
    bool expired(std::chrono::steady_clock::time_point now) const;

    bool queued = false;  ///< the registry's: waits for its turn

 private:
    void on_ready() override;
    void on_last_reader_left() override;
    void on_progress(std::uint64_t taken) override;

    bool wants_more() const;
    bool goes_on() const;
    std::uint64_t backlog() const;
    std::uint64_t backlog_max() const;
    void deliver();
    void note_content(std::int64_t items, std::chrono::steady_clock::time_point now);
    void note_first_content(std::int64_t items, std::chrono::steady_clock::time_point now);
    void note_written();
    void note_read(std::uint64_t taken);
    void forget_told();
    void hold();
    void release();
    std::optional<std::int64_t> cost() const;
    int told_status() const;
    void hear_fault();
    void choose_way();
    void note_continued();
    void gather();
    void encode();
    void encode_suffering();
    void end_early(const upstream::item& last);
    void tell_cut();
    void note_size();
    bool is_covered();
    void end_at_bound();
    generation_facts facts() const;
    void commit();
    void arm_commit();
    void watch_grace();
    void settle(upstream::ending ending);
    void close_frames();
    void trim();
    bool overflows() const;

    registry& owner_;
    stream_plan plan_;
    frame_writer out_;
    std::unique_ptr<document_builder> builder_;
    /// Takes the place of the other where targets differ and one answers that is relayed.
    std::unique_ptr<stream_encoder> relay_;
    std::unique_ptr<document_builder> relay_builder_;
    std::size_t document_bytes_ = 0;
    meter meter_;
    upstream::batch batch_;
    upstream::response_head upstream_head_;
    upstream::alarm commit_timer_;
    std::optional<std::chrono::steady_clock::time_point> abandoned_;  ///< when the last reader left
    std::chrono::steady_clock::time_point ended_at_{};
    std::chrono::steady_clock::time_point begun_{};  ///< when its providers were asked
    /// Nothing: none yet, or a pause of our own lies between.
    std::optional<std::chrono::steady_clock::time_point> last_content_;
    std::int64_t unread_items_ = 0;
    stream_series* series_ = nullptr;
    bool content_came_ = false;  ///< in this turn
    bool first_written_ = false;
    bool start_delivered_ = false;
    bool polled_ = false;
    /// Since when it takes nothing, for a backlog; nothing: it takes.
    std::optional<std::chrono::steady_clock::time_point> held_;
    bool heard_ = false;     ///< the first items have come
    bool cut_told_ = false;  ///< to the readers
    int last_choice_ = 0;    ///< of the items of a stream that suffers
    std::unique_ptr<upstream::source> source_;
};

}  // namespace sluice::gateway
