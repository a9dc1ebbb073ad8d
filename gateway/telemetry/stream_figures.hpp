#pragma once

#include "gateway/telemetry/generation_record.hpp"
#include "gateway/telemetry/histogram.hpp"
#include "upstream/attempt_record.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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
};

/// How the streams fare that have these labels. Belongs to one worker's figures, and is never
/// destroyed before them.
class stream_series {
 public:
    explicit stream_series(stream_labels labels);

    const stream_labels& labels() const { return labels_; }
    /// Content has come, so long after the content before it; the items that came with it waited
    /// for nothing.
    void note_content(std::chrono::nanoseconds gap, std::int64_t items) {
        inter_token.observe(gap.count());
        if (items > 1) inter_token.observe(0, items - 1);
    }

    histogram time_to_first_token;
    histogram inter_token;
    // and what helper 'metrics' adds

    std::atomic<stream_series*> next{nullptr};  ///< the list's

 private:
    stream_labels labels_;
};

/// The figures of one worker's streams by their labels. Its worker adds; any thread may read.
class stream_figures {
 public:
    stream_figures();
    ~stream_figures();

    /// The series of a stream whose target is known. Beyond `series_max` of them, one for all
    /// others. Not on the token path.
    stream_series& series_of(const stream_labels& labels);
    /// A generation has ended. `series`: its own, null where it had no content.
    void note(const generation_record& record, stream_series* series);

    /// Of all series together.
    histogram_view time_to_first_token() const;
    histogram_view inter_token() const;
};

}  // namespace sluice::gateway
