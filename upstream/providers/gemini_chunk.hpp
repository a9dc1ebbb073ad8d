#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/gemini_calls.hpp"
#include "upstream/providers/gemini_citations.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::upstream {

/// As much of a GenerateContentResponse as metering needs, for a fraction of the work: what is not
/// looked at is left out. `text` is valid JSON.
nlohmann::json gemini_outline(std::string_view text);

/// The meaning of GenerateContentResponses, one after the other, and what has been seen so far.
///
/// For metering it emits identity, finish and usage; for translation all else, and the finishes
/// only when the file has ended: older models finish with every chunk.
class gemini_chunk_reader {
 public:
    enum class purpose { metering, translation };

    struct verdict {
        bool content = false;  ///< carries content, in the sense of `verbatim`
        std::string broken;    ///< the rule that the provider broke; empty: none
        std::string failed;    ///< the finishReason that is a failure; empty: none
    };

    /// Gemini gives 8 at most.
    static constexpr int choices_max = 16;

    explicit gemini_chunk_reader(purpose use) : use_(use) {}

    verdict read(const nlohmann::json& chunk, batch_texts& texts, batch& out);

    /// The prompt was refused, or a candidate was seen and each that was has finished.
    bool all_finished() const;
    /// What was held until the end.
    void tell_finishes(batch_texts& texts, batch& out);

 private:
    struct choice_state {
        explicit choice_state(int number) : index(number), calls(number), citations(number) {}
        int index;
        bool told = false;    ///< its finish
        bool called = false;  ///< it calls functions, as far as was looked at for metering
        std::string finish;
        gemini_calls calls;
        gemini_citations citations;
    };

    bool translates() const { return use_ == purpose::translation; }
    void read_identity(const nlohmann::json& chunk, batch_texts& texts, batch& out);
    void read_usage(const nlohmann::json& chunk, batch& out);
    void read_feedback(const nlohmann::json& chunk, verdict& seen, batch_texts& texts, batch& out);
    void read_candidate(
        const nlohmann::json& candidate,
        choice_state& state,
        verdict& seen,
        batch_texts& texts,
        batch& out
    );
    static void read_logprobs(
        const nlohmann::json& candidate, const choice_state& state, batch_texts& texts, batch& out
    );
    void read_parts(
        const nlohmann::json& candidate,
        choice_state& state,
        verdict& seen,
        batch_texts& texts,
        batch& out
    );
    void read_part(
        const nlohmann::json& part,
        choice_state& state,
        verdict& seen,
        batch_texts& texts,
        batch& out
    );
    void read_call(
        const nlohmann::json& part,
        choice_state& state,
        verdict& seen,
        batch_texts& texts,
        batch& out
    );
    void read_text(const nlohmann::json& part, choice_state& state, batch_texts& texts, batch& out);
    void tell_finish(choice_state& state, batch_texts& texts, batch& out);
    choice_state* state_of(int index);

    purpose use_;
    std::string id_;
    std::string model_;
    std::optional<usage> usage_;
    std::string blocked_;  ///< why the prompt was refused
    bool told_blocked_ = false;
    std::vector<std::unique_ptr<choice_state>> choices_;
};

}  // namespace sluice::upstream
