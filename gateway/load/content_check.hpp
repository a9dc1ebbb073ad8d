#pragma once

#include "gateway/load/expected_answer.hpp"
#include "gateway/load/report/figures.hpp"
#include "gateway/load/stamp.hpp"
#include "upstream/generation.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// Compares one stream with what it must be, piece by piece as it comes.
///
/// With stamps every token is known by its number, however pieces were joined or cut on the way.
/// Without, a piece is looked for near where the text stands: that something is wrong is always
/// found; whether it is a loss or a change is told by the likeliest reading. Owned by one thread.
class content_check {
 public:
    /// Checks nothing.
    content_check() = default;
    /// The content is known, byte for byte.
    content_check(std::shared_ptr<const expected_answer> expected, bool stamped);
    /// Only the number of the stamped tokens is known.
    explicit content_check(std::uint64_t stamped_tokens);

    /// Appends to `sent_ns` when each of the tokens in it was stamped.
    void text(std::string_view piece, std::vector<std::int64_t>& sent_ns);
    void reasoning(std::string_view piece);
    void arguments(int call, std::string_view piece);
    void finish(upstream::finish_reason reason);
    void usage(const upstream::usage& used);

    /// The last stamped token has come.
    bool has_last() const { return numbers_.has_last(); }

    /// What is wrong. `ended`: the stream came to its end, so that what is missing is lost.
    integrity result(bool ended) const;

 private:
    /// A text whose tokens bear no numbers.
    struct position {
        std::size_t at = 0;      // bytes
        std::size_t tokens = 0;  // that end at or before `at`
    };

    void stamped_text(std::vector<std::int64_t>& sent_ns);
    std::size_t take_token(std::string_view rest, std::vector<std::int64_t>& sent_ns);
    std::size_t skip_to_stamp(std::string_view rest);
    void plain_text(std::string_view piece);
    bool came_late(std::string_view piece);
    bool came_early(std::string_view piece);
    void move_to(std::size_t at);
    void follow(std::string_view expected, std::size_t& at, std::string_view piece);

    std::shared_ptr<const expected_answer> expected_;
    bool stamped_ = false;
    sequence_check numbers_;
    std::string pending_;   // stamped text that may go on
    bool altered_ = false;  // what comes up to the next stamp is known to be wrong
    integrity seen_;
    position text_;
    std::string last_;                  // the piece before
    std::vector<std::size_t> skipped_;  // tokens that others overtook, without stamps
    std::size_t reasoning_at_ = 0;
    std::vector<std::size_t> arguments_at_;
    bool finish_fits_ = false;
    bool usage_fits_ = false;
};

}  // namespace sluice::gateway::load
