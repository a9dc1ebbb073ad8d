#pragma once

#include "upstream/generation.hpp"
#include "upstream/source.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// What a request said and what it was answered, kept only where an operator asked for it in the
/// log or in spans. Bounded; owned by its stream.
class transcript {
 public:
    static constexpr std::size_t bytes_max = 64U << 10;  ///< of each of the two

    /// The prompt as a JSON array of messages in the form of OpenTelemetry's GenAI conventions:
    /// `[{"role": "user", "parts": [{"type": "text", "content": "..."}]}]`.
    explicit transcript(const upstream::request& prompt);
    /// The same, or the texts that a call wants vectors of.
    explicit transcript(const upstream::call& call);

    void see(const upstream::batch& batch);

    /// Whole messages, the newest, as many as there is room for.
    const std::string& prompt() const { return prompt_; }
    bool prompt_cut() const { return prompt_cut_; }
    /// The text of the first choice; of an answer that is relayed, its frames.
    const std::string& answer() const { return answer_; }
    bool answer_cut() const { return answer_cut_; }
    /// The answer in the conventions' form: `[{"role": "assistant", "parts": [...],
    /// "finish_reason": "stop"}]`.
    std::string output_messages() const;

 private:
    void keep(const std::vector<upstream::message>& messages);
    void add(std::string_view text);

    std::string prompt_;
    std::string answer_;
    bool prompt_cut_ = false;
    bool answer_cut_ = false;
    std::string finish_reason_;
};

}  // namespace sluice::gateway
