#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// The content blocks of one message, from their start over their deltas to their stop, told as
/// items. What the provider's own tools do is left out: it is no part of the answer's text and no
/// call of the client's tools.
///
/// By the API one block ends before the next begins; blocks that overlap are kept apart by their
/// index all the same, and a delta whose start never came is taken for what it says that it is.
class anthropic_blocks {
 public:
    /// An event or an error; empty: it was understood, or may be skipped.
    using broken = std::string_view;

    /// `content_block_start`, or a block that stands whole in the message's start.
    broken start(const nlohmann::json& event, batch_texts& texts, batch& out);
    broken delta(const nlohmann::json& event, batch_texts& texts, batch& out);
    /// A delta that holds words alone: text_delta, thinking_delta or input_json_delta.
    void words(
        std::int64_t index,
        std::string_view type,
        std::string_view words,
        batch_texts& texts,
        batch& out
    );
    void stop(const nlohmann::json& event, batch_texts& texts, batch& out);
    /// Blocks that stand in `message.content` of a message_start.
    broken whole(const nlohmann::json& content, batch_texts& texts, batch& out);

    /// What the answer's call ids are made of where the provider gives none.
    void name(std::string_view message_id);
    /// The message ends: what was begun has ended as well. `cut`: not of its own accord.
    void finish(bool cut, batch_texts& texts, batch& out);
    /// Another message begins in place of this one.
    void restart() { open_.clear(); }

    bool called() const { return calls_ > 0; }
    bool told_anything() const { return told_; }

 private:
    enum class kind { text, thinking, tool_use, other };
    struct citation {
        std::string url;
        std::string title;
        std::string cited_text;
    };
    struct block {
        std::int64_t index = 0;
        kind what = kind::other;
        int call = 0;                ///< of a tool_use
        bool has_arguments = false;  ///< of a tool_use: some were told
        std::string input;           ///< of a tool_use, as it stood in the start; {} or all of it
        std::string signature;       ///< of thoughts
        std::int64_t begin = 0;      ///< of a text: where in the answer's text it begins
        std::vector<citation> citations;
    };

    static kind kind_of(std::string_view type);
    block* find_open(std::int64_t index);
    broken begin(std::int64_t index, const nlohmann::json& value, batch_texts& texts, batch& out);
    void begin_call(block& made, const nlohmann::json& value, batch_texts& texts, batch& out);
    void end(block& ended, bool cut, batch_texts& texts, batch& out);
    void tell_text(std::string_view text, batch_texts& texts, batch& out);
    void tell_thoughts(std::string_view text, batch_texts& texts, batch& out);
    void tell_state(
        reasoning_state::form how, std::string_view data, batch_texts& texts, batch& out
    );
    void cite(block& cited, const nlohmann::json& citation);

    std::vector<block> open_;
    std::string name_;
    int calls_ = 0;
    std::size_t cited_bytes_ = 0;  ///< of all citations so far
    std::int64_t characters_ = 0;  ///< of the answer's text so far, in code points
    bool told_ = false;
};

}  // namespace sluice::upstream
