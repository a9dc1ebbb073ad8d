#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/openai_glance.hpp"
#include "upstream/providers/openai_tool_calls.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace sluice::upstream {

/// The meaning of chat completion chunks, one after the other, and what has been seen so far.
///
/// For metering it emits identity, finish and usage; for translation also the deltas of text,
/// reasoning, refusal, tool calls and pictures. Pure; one per stream.
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

    explicit openai_chunk_reader(purpose use) : use_(use) {}

    verdict read(const nlohmann::json& chunk, batch_texts& texts, batch& out);
    /// A chunk that was only glanced at; for metering.
    verdict read(const openai_glance& chunk, batch_texts& texts, batch& out);
    /// Whether the provider has said what it calls this answer.
    bool identified() const { return identified_; }
    /// Of a chunk that reports an error only the usage is of interest.
    void read_usage(const nlohmann::json& chunk, batch& out);

    /// A choice was seen, and each that was has finished.
    bool all_finished() const;
    /// Finishes what was begun, for servers whose terminal event comes without a finish_reason.
    void finish_rest(batch& out);

 private:
    struct choice_state {
        explicit choice_state(int number) : index(number), calls(number) {}
        int index;
        bool has_content = false;
        bool finished = false;
        openai_tool_calls calls;
    };

    void read_identity(identity names, batch_texts& texts, batch& out);
    void read_usage(const std::optional<usage>& counted, batch& out);
    void read_choice(
        const nlohmann::json& choice, int position, verdict& seen, batch_texts& texts, batch& out
    );
    bool read_delta(
        choice_state& state,
        const nlohmann::json& delta,
        verdict& seen,
        batch_texts& texts,
        batch& out
    );
    void read_finish(choice_state& state, std::string_view word, verdict& seen, batch& out);
    choice_state* state_of(const nlohmann::json& choice, int position);
    choice_state& state_of(int index);

    purpose use_;
    bool identified_ = false;
    std::optional<usage> usage_;
    std::vector<choice_state> choices_;
};

}  // namespace sluice::upstream
