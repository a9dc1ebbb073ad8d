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
    /// Finishes what was begun, for servers whose terminal event comes without a finish_reason.
    /// Returns the rule that the provider broke; empty: none.
    [[nodiscard]] std::string_view finish_rest(batch_texts& texts, batch& out);

 private:
    struct choice_state {
        explicit choice_state(int number) : index(number), calls(number), states(number) {}
        int index;
        bool has_content = false;
        bool finished = false;
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
    /// The words for how a choice ended; views that outlive the batch.
    struct end_words {
        std::string_view reason;
        std::string_view native;
        std::string_view stop_sequence;
    };
    void read_finish(
        choice_state& state, const end_words& words, verdict& seen, batch_texts& texts, batch& out
    );
    bool holds_too_much() const;
    choice_state* state_of(const nlohmann::json& choice, int position);
    choice_state& state_of(int index);

    purpose use_;
    bool identified_ = false;
    std::optional<usage> usage_;
    std::vector<choice_state> choices_;
    openai_sources sources_;
};

}  // namespace sluice::upstream
