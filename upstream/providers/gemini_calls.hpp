#pragma once

#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/gemini_partial_args.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// The function calls of one candidate. Whole ones are told at once; one whose arguments come bit
/// by bit when it is complete, because only then they are JSON.
class gemini_calls {
 public:
    explicit gemini_calls(int choice) : choice_(choice) {}

    /// A `functionCall`. `response_id` goes into invented ids. False where it breaks a rule.
    bool read(
        const nlohmann::json& call, std::string_view response_id, batch_texts& texts, batch& out
    );
    /// The signature of the call that was read last.
    void sign(std::string_view signature, batch_texts& texts, batch& out);
    /// What is open is complete: Gemini leaves the closing frame out at times.
    void close(batch_texts& texts, batch& out);

    bool any() const { return count_ > 0; }

 private:
    void begin(
        const nlohmann::json& call, std::string_view response_id, batch_texts& texts, batch& out
    );
    void tell_signature(batch_texts& texts, batch& out);

    int choice_;
    int count_ = 0;
    std::optional<gemini_partial_args> open_;
    std::string signature_;  ///< of the open call
};

}  // namespace sluice::upstream
