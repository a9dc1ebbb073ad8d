#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string_view>

namespace sluice::gateway::load {

/// What the paced provider writes into the text of each token: `SEQ@NS word `.
struct stamp {
    std::uint64_t sequence = 0;  ///< of the token in its stream, from 0
    std::int64_t sent_ns = 0;    ///< CLOCK_MONOTONIC just before the provider's send
};

/// The text in the data of one chat completion chunk, still escaped as JSON has it. A scan for the
/// first `"content":"` and no JSON parse: it runs once per token. Nothing where the chunk has no
/// text, or an empty one.
std::optional<std::string_view> content_of(std::string_view data);

/// Takes the next stamp off the front of `text` with the words behind it; nothing where the rest
/// holds none. What stands between two providers may join the text of tokens.
std::optional<stamp> next_stamp(std::string_view& text);

/// Checks that the stamped tokens of one stream came once each and in order.
class stamp_check {
 public:
    explicit stamp_check(std::uint64_t tokens = 0) : tokens_(tokens) {}

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
