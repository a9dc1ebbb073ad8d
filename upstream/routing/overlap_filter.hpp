#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// Takes off the beginning of a continuation what repeats the end of the text before it.
///
/// A repetition begins at the border of a word of the text before (each character is a word in
/// scripts that have no blanks between words), is eight bytes or more, has at least four different
/// ones, and holds a letter or a digit: less is chance. The longest counts; the whole text said
/// again is one, too. Text is held back while it may still be one. Pure; the result does not depend
/// on how the continuation was cut, and where the continuation breaks off itself, what is held may
/// be thrown away: the next one goes on from the same place.
class overlap_filter {
 public:
    /// Longer repetitions of the text's end are not looked for: it bounds what is held.
    static constexpr std::size_t overlap_bytes_max = 4096;
    /// A whole text that is said again may be longer than that. Beyond this length it would be held
    /// for minutes, and is taken for new.
    static constexpr std::size_t restart_bytes_max = 64 * 1024;

    /// `prefilled`: the continuation's model was given the text as the beginning of its own answer.
    /// It goes on exactly, so that only the whole text said again is a repetition, and the blanks
    /// at the text's end, which it was not given (see `continue_call`).
    explicit overlap_filter(std::string_view before, bool prefilled = false);

    /// The part of the text so far that is new, and was not given before. Valid until the next
    /// call, and as long as `text`.
    std::string_view feed(std::string_view text);
    /// Nothing more comes: what was still held.
    std::string_view finish();
    /// Whatever comes now is new: it need not be fed.
    bool decided() const { return decided_; }

 private:
    bool may_begin_at(std::size_t place) const;
    bool search(bool ended);
    void try_next();
    std::size_t overlap_of(std::size_t size);
    std::string_view without_blanks(std::string_view text);

    std::string before_;          ///< the end of the text, or all of it
    bool whole_ = false;          ///< all of it
    std::size_t tail_begin_ = 0;  ///< repetitions that are not of the whole begin here or later
    std::size_t begins_end_ = 0;  ///< and before this: what is behind it would be chance
    std::size_t at_ = 0;          ///< in `before_`: what is in front of it has been compared
    std::size_t matched_ = 0;     ///< bytes in front of `at_` with which the continuation begins
    std::string held_;            ///< the continuation so far
    std::vector<std::uint32_t> overlaps_;  ///< see overlap_of()
    std::size_t blanks_at_ = 0;            ///< the text's blanks from here on may come again
    bool searched_ = false;
    bool decided_ = false;
};

}  // namespace sluice::upstream
