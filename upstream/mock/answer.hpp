#pragma once

#include "upstream/generation.hpp"
#include "upstream/mock/hash.hpp"
#include "upstream/mock/options.hpp"
#include "upstream/mock/prompt_cache.hpp"
#include "upstream/mock/stop_filter.hpp"
#include "upstream/mock/text_style.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sluice::upstream::mock {

/// A text that is there as a whole, handed out in small pieces. Of JSON, or of a picture.
struct document {
    std::string text;
    std::string media_type;  ///< empty: it is text
    std::size_t at = 0;
};

/// The calls of one choice, one after the other.
struct tool_calls {
    std::vector<tool_call> calls;
    std::size_t index = 0;
    std::size_t at = 0;  ///< in the arguments
    bool begun = false;  ///< the part with id and name is out
};

/// Words that are spoken: each token is a sound and says what it says.
struct speech {
    passage words;
};

/// Vectors to be made, by what decides each of them.
struct vectors {
    std::vector<std::uint64_t> seeds;
    std::int64_t dimensions = 0;
    std::size_t at = 0;
};

/// One of the `n` answers to a prompt.
struct choice {
    std::variant<passage, document, tool_calls, speech, vectors> content;
    std::uint64_t seed = 0;
    dice cuts{0};
    std::int64_t tokens_left = std::numeric_limits<std::int64_t>::max();  ///< until max_tokens
    stop_filter filter;
    passage thoughts;           ///< ahead of the content
    std::string signature;      ///< of the thoughts
    std::string probabilities;  ///< of tokens that are not to be seen yet
    std::int64_t shown = 0;     ///< characters of text
    std::string begun;          ///< the rest of a token whose beginning the prompt has given
    std::size_t known = 0;      ///< bytes in the filter that the prompt has given
    bool refuses = false;
    bool finished = false;
};

/// What the mock model says to one call: the pure half of it, which knows no clock.
///
/// Nothing is made before it is asked for. Choices take turns, a token each; the items are those of
/// the vocabulary, a finish for each choice and the usage at the end. Of texts to be embedded each
/// makes one token, a vector, and there is no finish; where tokens are to be counted there is none
/// at all, and it is complete from the beginning.
class answer {
 public:
    /// More choices are refused.
    static constexpr int choices_max = 128;

    /// What cannot be asked of the mock; nothing: all is well.
    static std::optional<failure> check(const call& call, const options& options);

    /// The call has passed `check`; it is read here and not kept.
    answer(const call& call, const options& options, std::uint64_t configured_seed);

    /// What the prompt found in the cache, for used(). Before the first token.
    void set_cached(cached_prompt found) { cached_ = found; }

    /// Leaves out the beginning of the text, and the thoughts ahead of it: the prompt, of so many
    /// tokens, has given it. What is left is all that is said and counted. Before the first token.
    /// False: the answer does not begin so, and is of no use any more.
    bool go_on_from(std::string_view beginning, std::int64_t input_tokens);

    /// Hands out no token after so many, nor what would follow: the answer ends broken_off().
    void break_off_after(std::int64_t tokens) { tokens_max_ = tokens; }

    /// Appends the next token of the choice whose turn it is. Perhaps a token has nothing to show,
    /// as it may begin a stop string. Not when complete() or broken_off().
    void next(std::vector<item>& out);

    /// Forgets the texts that the items so far point to.
    void forget() { texts_used_ = 0; }

    bool complete() const { return live_ == 0; }
    bool broken_off() const { return !complete() && tokens_ >= tokens_max_; }

    /// How many tokens each choice that is not finished has had: what the clock counts.
    std::int64_t round() const { return round_; }
    std::int64_t tokens() const { return tokens_; }  ///< of all choices

    const std::string& id() const { return id_; }
    /// Of the prompt, cached or not.
    std::int64_t input_tokens() const { return input_tokens_; }
    /// What has been used so far.
    usage used() const;

 private:
    choice make_choice(const request& request, const options& options, std::uint64_t seed) const;
    void take_texts(const embedding_request& request, std::uint64_t seed);
    void think(choice& choice, std::vector<item>& out);
    void say(choice& choice, passage& passage, std::vector<item>& out);
    void say(choice& choice, document& document, std::vector<item>& out);
    void say(choice& choice, tool_calls& calls, std::vector<item>& out);
    void say(choice& choice, speech& speech, std::vector<item>& out);
    void say(choice& choice, vectors& vectors, std::vector<item>& out);
    void show(choice& choice, std::string_view text, std::vector<item>& out);
    void tell(choice& choice, std::string& seen, std::vector<item>& out);
    void cite(choice& choice, std::vector<item>& out);
    void settle(choice& choice, std::vector<item>& out);
    void pass_turn();
    int number_of(const choice& choice) const;
    std::string& fresh_text();

    std::string id_;
    std::vector<choice> choices_;
    std::size_t turn_ = 0;
    std::size_t live_ = 0;
    std::int64_t round_ = 0;
    std::int64_t tokens_ = 0;
    std::int64_t tokens_max_ = std::numeric_limits<std::int64_t>::max();
    std::int64_t input_tokens_ = 0;
    std::optional<cached_prompt> cached_;  ///< nothing: there is no cache
    std::int64_t reasoning_tokens_ = 0;
    std::int64_t spoken_tokens_ = 0;
    bool thinks_ = false;
    bool embeds_ = false;
    bool tells_writes_ = false;  ///< the API counts what was written to the cache
    std::size_t citations_ = 0;
    int alternatives_ = -1;          ///< to be told with each token; -1: no probabilities
    std::string token_;              ///< scratch
    std::deque<std::string> texts_;  ///< reused; a deque, for views into them must stay
    std::size_t texts_used_ = 0;
};

}  // namespace sluice::upstream::mock
