#pragma once

#include <cstddef>
#include <deque>
#include <string>

namespace sluice::gateway {

/// Encoded spans that wait to be exported: so many, and so many bytes, at most.
class span_queue {
 public:
    static constexpr std::size_t bytes_max = 8U << 20;
    static constexpr std::size_t batch_spans_max = 512;
    static constexpr std::size_t batch_bytes_max = 1U << 20;

    explicit span_queue(std::size_t spans_max) : spans_max_(spans_max) {}

    /// What waits already stays, though it be more.
    void bound(std::size_t spans_max) { spans_max_ = spans_max; }
    /// False: there is no room, and the span is gone.
    bool push(std::string span);

    struct batch {
        std::string spans;  ///< with commas between them
        std::size_t count = 0;
    };
    /// The oldest, as many as one export may hold; one at least, where there is one.
    batch take();
    /// There is enough for an export.
    bool has_batch() const { return spans_.size() >= batch_spans_max || bytes_ >= batch_bytes_max; }

    bool empty() const { return spans_.empty(); }
    std::size_t size() const { return spans_.size(); }
    void clear();

 private:
    std::size_t spans_max_;
    std::size_t bytes_ = 0;
    std::deque<std::string> spans_;
};

}  // namespace sluice::gateway
