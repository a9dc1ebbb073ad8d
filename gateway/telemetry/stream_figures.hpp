#pragma once

#include "gateway/telemetry/generation_record.hpp"
#include "gateway/telemetry/histogram.hpp"
#include "gateway/telemetry/latency_bounds.hpp"
#include "gateway/telemetry/series_list.hpp"
#include "upstream/attempt_record.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// Whose figures they are. All bounded: a pattern's models share its own name.
struct stream_labels {
    std::string route;
    std::string provider;
    std::string model;  ///< as the target is configured
    std::string dialect;
    std::string operation;
    std::string vendor;

    bool operator==(const stream_labels&) const = default;
    std::size_t hash() const;
    static stream_labels other();
};

/// Whose attempts they are. Bounded likewise.
struct attempt_labels {
    std::string provider;
    std::string model;
    std::string operation;
    std::string vendor;

    bool operator==(const attempt_labels&) const = default;
    std::size_t hash() const;
    static attempt_labels other();
};

/// How an attempt ended: an outcome, or that another one was faster.
inline constexpr std::size_t attempt_outcome_count = upstream::outcome_count + 1;
std::string_view attempt_outcome_word(std::size_t outcome);

/// A histogram that most series never need: there from the first number on.
class rare_histogram {
 public:
    rare_histogram() = default;
    ~rare_histogram();
    rare_histogram(const rare_histogram&) = delete;
    rare_histogram& operator=(const rare_histogram&) = delete;

    /// Its worker's. `bounds`: always the same.
    void observe(std::span<const std::int64_t> bounds, std::int64_t value);
    /// Any thread's. Null: there was no number.
    const histogram* seen() const { return made_.load(std::memory_order_acquire); }

 private:
    std::atomic<histogram*> made_{nullptr};
};

/// A generation's or an attempt's duration, by how it ended.
template <std::size_t Outcomes>
class durations {
 public:
    void observe(std::size_t outcome, std::int64_t value) {
        by_outcome_[outcome].observe(duration_bounds, value);
    }
    const histogram* of(std::size_t outcome) const { return by_outcome_[outcome].seen(); }

 private:
    std::array<rare_histogram, Outcomes> by_outcome_;
};

/// How the streams fare that have these labels. Belongs to one worker's figures, and is never
/// destroyed before them.
class stream_series {
 public:
    using label_set = stream_labels;

    explicit stream_series(stream_labels labels);

    const stream_labels& labels() const { return labels_; }
    /// The first content has come, so long after the request. Not of a document that came whole.
    void note_first_content(std::chrono::nanoseconds since_asked, std::int64_t items) {
        time_to_first_token.observe(since_asked.count());
        if (items > 1) inter_token.observe(0, items - 1);
    }
    /// Content has come, so long after the content before it; the items that came with it waited
    /// for nothing.
    void note_content(std::chrono::nanoseconds gap, std::int64_t items) {
        inter_token.observe(gap.count());
        if (items > 1) inter_token.observe(0, items - 1);
    }
    void note_end(const generation_record& record);

    histogram time_to_first_token;
    histogram inter_token;
    histogram time_per_output_token;  ///< the mean of each that completed
    histogram input_tokens;
    histogram output_tokens;
    durations<upstream::outcome_count> duration;

 private:
    stream_labels labels_;
};

/// How the attempts fare that have these labels.
class attempt_series {
 public:
    using label_set = attempt_labels;

    explicit attempt_series(attempt_labels labels);

    const attempt_labels& labels() const { return labels_; }
    void note(const generation_record& record, const upstream::attempt_record& attempt);

    std::array<counter, attempt_outcome_count> ended;
    durations<attempt_outcome_count> duration;
    histogram time_to_first_chunk;

 private:
    attempt_labels labels_;
};

/// The attempt that content comes from, or came from last; the last one where there was none. Null:
/// none was made.
const upstream::attempt_record* answering_attempt(const std::vector<upstream::attempt_record>& trail
);

/// The figures of one worker's streams by their labels. Its worker adds; any thread may read.
class stream_figures {
 public:
    /// The series of a stream whose target is known. Not on the token path.
    stream_series& series_of(const stream_labels& labels) { return streams_.of(labels); }
    /// A generation has ended. `series`: its own, null where it had no content.
    void note(const generation_record& record, stream_series* series);

    /// Calls `visit` for each series; what workers add meanwhile may be in it or not.
    template <class Visit>
    void each_stream(const Visit& visit) const {
        streams_.each(visit);
    }
    template <class Visit>
    void each_attempt(const Visit& visit) const {
        attempts_.each(visit);
    }
    /// Of all series together.
    histogram_view time_to_first_token() const;
    histogram_view inter_token() const;

 private:
    series_list<stream_series> streams_;
    series_list<attempt_series> attempts_;
};

}  // namespace sluice::gateway
