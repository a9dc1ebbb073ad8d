#pragma once

#include "upstream/generation.hpp"
#include "upstream/routing/rules.hpp"
#include "upstream/source.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// What was delivered of an answer, kept so that another target can go on with it. Pure.
///
/// Only plain text can be gone on with. Once there was a tool call, a medium, a refusal, a signed
/// thought, a second choice or log probabilities, `possible` is false for good. It is false as long
/// as there is no text but blanks, and while a thought is the last that was said.
class delivered_answer {
 public:
    /// Text beyond this is not kept, and the answer not continued: prompts of this size are beyond
    /// most models.
    static constexpr std::size_t text_bytes_max = 1 << 20;

    explicit delivered_answer(const request& request);

    /// What is on its way to the client; usage is that of all attempts together.
    void see(const batch& batch);

    /// Whether a target can go on. `prefill`: it is given the beginning of its own answer. An
    /// answer that is to be JSON needs that.
    bool possible(bool prefill) const;
    /// The model said that it is done: what is missing is the protocol's own end, and no text.
    bool finished() const { return finished_; }
    const std::string& text() const { return text_; }
    /// All tokens of output so far, as was told, and one for each item since.
    std::int64_t output_tokens() const { return told_ + items_; }
    /// Those alone that a provider told of.
    std::int64_t told_tokens() const { return told_; }

 private:
    bool within_stop() const;
    void hear(const item& heard);
    void hear_text(const text_delta& part);
    void spoil();

    std::vector<std::string> stops_;
    bool structured_ = false;  ///< JSON was asked for
    bool spoiled_ = false;     ///< for good
    bool thinks_ = false;      ///< a thought is the last that was said
    bool visible_ = false;     ///< there is more than blanks
    bool finished_ = false;
    std::string text_;
    std::int64_t told_ = 0;   ///< tokens of output
    std::int64_t items_ = 0;  ///< of output, since that was told
};

/// The call that asks a target to go on: the conversation with what there is of the answer, either
/// as the beginning of the assistant's own message (prefill), or followed by the instruction.
/// Blanks at the end of a prefill are left out: models begin their words with them, and some
/// providers refuse them; `overlap_filter` knows. `max_tokens` is lessened by what was spent, but
/// for one, where that is estimated. Nothing: no token is left to ask for.
std::optional<call> continue_call(
    const call& original,
    const delivered_answer& so_far,
    bool prefill,
    const continuation_rules& rules
);

}  // namespace sluice::upstream
