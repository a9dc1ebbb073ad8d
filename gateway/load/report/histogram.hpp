#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// Counts times and tells their percentiles within 1 %. Fixed memory (under 40 KiB), and one
/// increment per time: buckets are exact below 256 ns, and 128 to each doubling above, which is an
/// HdrHistogram of two significant digits and a unit of 1 ns. Times above 70 minutes count as 70
/// minutes, negative ones as 0. A value; owned by one thread.
class histogram {
 public:
    histogram();

    void record(std::int64_t ns);
    /// What `other` has counted, as if it had been recorded here.
    void add(const histogram& other);

    std::uint64_t count() const { return count_; }
    /// Exact, except after from_hdr_base64; 0 where there are none.
    std::int64_t min_ns() const { return count_ == 0 ? 0 : min_ns_; }
    std::int64_t max_ns() const { return max_ns_; }
    double sum_ns() const { return sum_ns_; }
    double mean_ns() const { return count_ == 0 ? 0 : sum_ns_ / static_cast<double>(count_); }
    /// The upper end of the bucket of the least time that `share` (0 to 1) of all are not above,
    /// as HdrHistogram has it, but never above the maximum; 0 where there are none.
    std::int64_t percentile_ns(double share) const;
    /// The same of the `rank`th least time, counted from 1; the maximum where there are fewer.
    std::int64_t ranked_ns(std::uint64_t rank) const;
    /// About so many times are below `ns`: those of its own bucket are taken for evenly spread.
    double count_below(double ns) const;

    /// What else is known of the greatest time that a bucket alone tells; heeded within the last
    /// bucket that has any.
    void know_max(std::int64_t ns);

    /// HdrHistogram's V2 encoding, deflated, in base64: the libraries of other languages read it
    /// and can add such histograms together.
    std::string hdr_base64() const;
    /// Reads such a text of this layout, whoever wrote it. It knows no sum, minimum and maximum:
    /// they are as exact as the buckets are. An error is a sentence.
    static boost::system::result<histogram, std::string> from_hdr_base64(std::string_view text);

 private:
    /// `times` that are known by their bucket only.
    void put(std::size_t bucket, std::uint64_t times);

    std::vector<std::uint64_t> buckets_;
    std::uint64_t count_ = 0;
    std::int64_t min_ns_ = 0;
    std::int64_t max_ns_ = 0;
    double sum_ns_ = 0;
};

}  // namespace sluice::gateway::load
