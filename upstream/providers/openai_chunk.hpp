#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/openai_glance.hpp"
#include "upstream/providers/openai_sources.hpp"
#include "upstream/providers/openai_states.hpp"
#include "upstream/providers/openai_tool_calls.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// The meaning of chat completion chunks, one after the other, and what has been seen so far.
///
/// For metering it emits identity, finish and usage; for translation all else as well. Pure; one
/// per stream.
class openai_chunk_reader {
 public:
    enum class purpose { metering, translation };

    struct verdict {
        bool content = false;     ///< carries content, in the sense of `verbatim`
        bool usage_only = false;  ///< `choices: []` with usage
        std::string broken;       ///< the rule that the provider broke; empty: none
    };

    /// `n` goes to 128 at most where it exists.
    static constexpr int choices_max = 128;
    /// What is kept of tool calls goes up to here, in all choices together: arguments that came
    /// before a name, ids, names. No answer of use has more; a bound for hostile servers.
    static constexpr std::size_t call_bytes_max = 1U << 20;

    explicit openai_chunk_reader(purpose use) : use_(use) {}

    verdict read(const nlohmann::json& chunk, batch_texts& texts, batch& out);
    /// A chunk that was only glanced at, for the same purpose.
    verdict read(const openai_glance& chunk, batch_texts& texts, batch& out);
    /// Whether the provider has said what it calls this answer.
    bool identified() const { return identified_; }
    /// Of a chunk that reports an error only the usage is of interest.
    void read_usage(const nlohmann::json& chunk, batch& out);

    /// So many choices were seen, and each that was has finished.
    bool all_finished(std::size_t asked = 1) const;
    /// Some choice has content, or has finished.
    bool answered() const;
    /// Whether a terminal event may be believed: each choice that has content has finished, or the
    /// provider has counted the tokens behind all content. Some servers tell no finish_reason, but
    /// of an answer that breaks off none counts the tokens.
    bool settled() const;
    /// At the end of a settled answer: finishes what was begun. Returns the rule that the provider
    /// broke; empty: none.
    [[nodiscard]] std::string_view finish_rest(batch_texts& texts, batch& out);

 private:
    /// How a choice ended, in the provider's words.
    struct end_words {
        std::string_view reason;
        std::string_view native;
        std::string_view stop_sequence;
    };
    struct held_end {
        std::string reason;
        std::string native;
        std::string stop_sequence;
    };
    struct choice_state {
        explicit choice_state(int number) : index(number), calls(number), states(number) {}
        bool over() const { return finished || held; }

        int index;
        bool has_content = false;
        bool finished = false;
        /// For translation, an end that came together with content: some servers say so of each of
        /// their last chunks, so it is told once nothing can follow.
        std::optional<held_end> held;
        openai_tool_calls calls;
        openai_states states;
    };

    void tell_texts(
        const choice_state& state, const openai_glance& chunk, batch_texts& texts, batch& out
    ) const;
    void read_identity(identity names, batch_texts& texts, batch& out);
    void read_usage(const std::optional<usage>& counted, batch& out);
    void read_choice(
        const nlohmann::json& chunk, int position, verdict& seen, batch_texts& texts, batch& out
    );
    bool read_content(
        choice_state& state,
        const nlohmann::json& choice,
        verdict& seen,
        batch_texts& texts,
        batch& out
    );
    bool read_delta(
        choice_state& state,
        const nlohmann::json& delta,
        verdict& seen,
        batch_texts& texts,
        batch& out
    );
    bool read_calls(
        choice_state& state, const nlohmann::json& delta, batch_texts& texts, batch& out
    );
    void read_end(
        choice_state& state,
        bool content,
        const end_words& words,
        verdict& seen,
        batch_texts& texts,
        batch& out
    );
    static void tell_end(
        choice_state& state, const end_words& words, batch_texts& texts, batch& out
    );
    void note_count(const verdict& seen, bool counted);
    bool holds_too_much() const;
    choice_state* state_of(const nlohmann::json& choice, int position);
    choice_state& state_of(int index);

    purpose use_;
    bool identified_ = false;
    std::optional<usage> usage_;
    bool counted_ = false;  ///< usage has come, and no content behind it
    std::vector<choice_state> choices_;
    openai_sources sources_;
};

}  // namespace sluice::upstream
