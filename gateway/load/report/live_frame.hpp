#pragma once

#include "gateway/load/report/outcome.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// One screen of a run that goes on, as text. Pure.
namespace sluice::gateway::load {

/// Of a terminal, in characters.
struct screen_size {
    std::size_t columns = 80;
    std::size_t rows = 24;

    bool operator==(const screen_size&) const = default;
};

/// What a terminal can show.
struct terminal_style {
    bool colour = false;
    bool utf8 = false;  ///< else ASCII only

    bool operator==(const terminal_style&) const = default;
};

/// What was seen in the last minute. A value; owned by one thread.
class live_history {
 public:
    static constexpr std::size_t seconds_max = 60;

    /// Of each second the last glance counts. One from before the last begins anew.
    void add(const run_glance& now);

    /// Streams per second, over the last few seconds; nothing before the first of them.
    struct rates {
        double due = 0;
        double started = 0;
        double ended = 0;
        double failed = 0;
    };
    std::optional<rates> recent() const;
    /// One value for each second, the oldest first.
    std::vector<double> events_per_s() const;
    std::vector<double> ttft_p99_ns() const;

 private:
    struct sample {
        double elapsed_s = 0;
        std::uint64_t due = 0;
        std::uint64_t started = 0;
        std::uint64_t ended = 0;
        std::uint64_t failed = 0;
        double events_per_s = 0;
        double ttft_p99_ns = 0;
    };
    std::vector<sample> samples_;
};

/// The server, where it is one of our own.
struct server_glance {
    double cpu_share = 0;  ///< of one core
    std::uint64_t memory_bytes = 0;
};

/// What stays the same while a run goes on.
struct live_subject {
    std::string title;  ///< "sluice load http://..."
    unsigned workers = 1;
    bool checked = false;  ///< content is compared with the mock's
    bool stamped = false;  ///< what was added is measured
};

/// Lines without an end of line. None is wider than the screen less one column, so that none wraps,
/// and they are fewer than its rows; what matters least goes first.
std::vector<std::string> draw(
    const live_subject& subject,
    const run_glance& now,
    const live_history& past,
    const std::optional<server_glance>& server,
    screen_size size,
    terminal_style style
);

}  // namespace sluice::gateway::load
