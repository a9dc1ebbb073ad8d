#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

namespace sluice::gateway::load {

/// What the mock (`X-Mock-Stamp`) and the paced provider of tests/bench write ahead of each token:
/// `SEQ@NS ` and the token.
struct stamp {
    std::uint64_t sequence = 0;  ///< of the token in its stream, from 0
    std::int64_t sent_ns = 0;    ///< CLOCK_MONOTONIC as the token was handed out
    std::size_t size = 0;        ///< bytes, the blank included
};

/// The longest that a stamp can be.
constexpr std::size_t stamp_bytes_max = 41;

/// The stamp at the front of `text`; nothing: there is none, or not all of it.
std::optional<stamp> read_stamp(std::string_view text);

/// More bytes could make a stamp of `text`, which holds none yet.
bool may_become_stamp(std::string_view text);

/// Checks that the numbers of one stream's tokens came once each and in order.
class sequence_check {
 public:
    explicit sequence_check(std::uint64_t tokens = 0) : tokens_(tokens) {}

    void see(std::uint64_t sequence);

    /// The stream's last token has come, whatever came before it.
    bool has_last() const { return next_ == tokens_; }
    /// Tokens that others overtook and that have not come; what is missing at the end is not among
    /// them.
    std::uint64_t overtaken() const { return missing_.size(); }
    /// Tokens that have not come, where the stream has ended.
    std::uint64_t lost() const { return missing_.size() + (tokens_ - next_); }
    std::uint64_t doubled() const { return doubled_; }
    std::uint64_t disordered() const { return disordered_; }
    /// Tokens that nobody asked for.
    std::uint64_t foreign() const { return foreign_; }

 private:
    std::uint64_t tokens_;
    std::uint64_t next_ = 0;
    std::set<std::uint64_t> missing_;  // below `next_`; at most `tokens_`
    std::uint64_t doubled_ = 0;
    std::uint64_t disordered_ = 0;
    std::uint64_t foreign_ = 0;
};

}  // namespace sluice::gateway::load
