#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// Tells thoughts from the answer where a model writes both into one text, as Granite does:
/// `<think>...</think><response>...</response>`.
///
/// Tags count only where the template puts them: `<think>` at the very beginning, then the first
/// `</think>`, then `<response>` directly behind it, and `</response>` as the last of all. Where
/// the text begins in another way nothing in it is a tag, so that an answer may speak of tags. What
/// the tags enclose comes out byte for byte, and is the same however the text was cut.
///
/// Only what may still become a tag is held back: a few bytes. Pure; one per choice of an answer.
class thinking_tags {
 public:
    struct piece {
        bool thought = false;
        std::string_view text;

        bool operator==(const piece&) const = default;
    };

    /// White space around a tag; more of it is text.
    static constexpr std::size_t spaces_max = 16;

    /// Appends the pieces of the next text, which point into it or into this object until the next
    /// call.
    void feed(std::string_view text, std::vector<piece>& out);
    /// The text is over: what was held back for a tag that did not come.
    void end(std::vector<piece>& out);

    /// Nothing that may come is a tag any more: `feed` would only hand it on.
    bool plain() const { return at_ == place::plain && held_.empty(); }

 private:
    enum class place { opening, thought, between, response, plain };

    std::string_view step(std::string_view text, std::vector<piece>& out);
    std::string_view step_to_tag(
        std::string_view text, std::string_view tag, place found, std::vector<piece>& out
    );
    std::string_view step_in_thought(std::string_view text, std::vector<piece>& out);
    std::string_view step_in_response(std::string_view text, std::vector<piece>& out);

    place at_ = place::opening;
    bool waits_ = false;  ///< the rest may become a tag
    std::string held_;
    std::string joined_;  ///< what was held, with the text behind it
};

}  // namespace sluice::upstream
