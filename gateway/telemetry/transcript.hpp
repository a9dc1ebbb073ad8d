#pragma once

#include "gateway/telemetry/kept_answer.hpp"
#include "gateway/telemetry/relayed_answer.hpp"
#include "upstream/generation.hpp"
#include "upstream/source.hpp"

#include <cstddef>
#include <memory>
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
    /// The same, or the texts that a call wants vectors of. An answer that is relayed is read as
    /// one of the call's own API, streamed or not as that says.
    explicit transcript(const upstream::call& call);

    void see(const upstream::batch& batch);

    /// Whole messages, the newest, as many as there is room for.
    const std::string& prompt() const { return prompt_; }
    bool prompt_cut() const { return prompt_cut_; }
    /// The words of the first choice; where it has none, its calls of tools.
    std::string answer() const { return answer_.words(); }
    /// There was more of the answer than is kept.
    bool answer_cut() const { return answer_.full() || unread_; }
    /// The answer in the conventions' form, a message for each choice: `[{"role": "assistant",
    /// "parts": [...], "finish_reason": "stop"}]`.
    std::string output_messages() const { return answer_.messages(); }

 private:
    void keep_prompt(const std::vector<upstream::message>& messages);
    void hear(const upstream::verbatim& relayed);
    void hear_end();
    void keep(const std::vector<upstream::item>& read);

    std::string prompt_;
    bool prompt_cut_ = false;
    kept_answer answer_{bytes_max};
    upstream::api api_ = upstream::api::native;
    bool streamed_ = true;
    bool unread_ = false;                      ///< something that was relayed could not be read
    std::unique_ptr<relayed_answer> relayed_;  ///< null: nothing was relayed, or all is full
};

}  // namespace sluice::gateway
