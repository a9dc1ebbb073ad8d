#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::upstream::mock {

/// The upper ends of vLLM's buckets, seconds; the last bucket has none.
inline constexpr std::array<double, 22> first_token_buckets{
    0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1,  0.25, 0.5,   0.75,
    1,     2.5,   5,    7.5,  10,   20,   40,   80.0, 160,  640.0, 2560};
inline constexpr std::array<double, 19> gap_buckets{
    0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80};
inline constexpr std::array<double, 21> request_buckets{
    0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680};

/// How many durations fell into each bucket. Of one thread.
class gap_counts {
 public:
    void add(double duration_s) {
        std::size_t bucket = 0;
        while (bucket < gap_buckets.size() && duration_s > gap_buckets[bucket])
            ++bucket;
        ++counts_[bucket];
        sum_s_ += duration_s;
    }
    const std::array<std::uint32_t, gap_buckets.size() + 1>& counts() const { return counts_; }
    double sum_s() const { return sum_s_; }

 private:
    std::array<std::uint32_t, gap_buckets.size() + 1> counts_{};
    double sum_s_ = 0;
};

/// The same for all threads.
class histogram {
 public:
    explicit histogram(std::span<const double> bounds) : bounds_(bounds) {}

    void add(double duration_s);
    /// Of a histogram of gaps.
    void add(const gap_counts& gaps);

    std::span<const double> bounds() const { return bounds_; }
    /// Not those of the buckets before it.
    std::uint64_t count(std::size_t bucket) const { return counts_[bucket].load(); }
    double sum_s() const { return sum_s_.load(); }

 private:
    std::span<const double> bounds_;
    std::array<std::atomic<std::uint64_t>, first_token_buckets.size() + 1> counts_{};
    std::atomic<double> sum_s_{0};
};

/// What a processor moves between its cores at once: what many threads write stands alone in it.
inline constexpr std::size_t cache_line_bytes = 64;

/// What a model has done, in the terms of an inference server. Counted by all threads.
struct figures {
    enum class end { stop, length, abort, error };
    static constexpr std::size_t ends = 4;

    // What is written while answers go on.
    alignas(cache_line_bytes) std::atomic<std::int64_t> generated_tokens{0};
    alignas(cache_line_bytes
    ) std::atomic<std::int64_t> held_tokens{0};  ///< prompts and answers of what runs
    // What is written once for each request.
    alignas(cache_line_bytes) std::atomic<std::int64_t> prompt_tokens{0};
    std::array<std::atomic<std::int64_t>, ends> ended{};

    histogram first_token{first_token_buckets};  ///< from the request's arrival
    histogram gap{gap_buckets};
    histogram mean_gap{gap_buckets};  ///< one of each answer
    histogram wait{request_buckets};  ///< for a slot
    histogram whole{request_buckets};
};

}  // namespace sluice::upstream::mock
