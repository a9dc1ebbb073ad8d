#pragma once

#include "upstream/generation.hpp"
#include "upstream/providers/batch_texts.hpp"
#include "upstream/providers/openai_tool_calls.hpp"
#include "upstream/source.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::upstream {

/// The opaque state of one choice's thoughts: signatures and encrypted thoughts in OpenRouter's
/// `reasoning_details`, and Gemini's `extra_content.google.thought_signature`.
///
/// State that names a tool call comes before that call; it is kept until the call is there.
class openai_states {
 public:
    static constexpr std::size_t held_max = 64;
    static constexpr std::size_t held_bytes_max = 1U << 20;

    explicit openai_states(int choice) : choice_(choice) {}

    /// `delta.reasoning_details`.
    void read_details(const nlohmann::json& delta, batch_texts& texts, batch& out);
    /// The signature of the delta's text.
    void read_text(const nlohmann::json& delta, batch_texts& texts, batch& out);
    /// The signatures of tool calls, which `calls` has read already.
    void read_calls(
        const nlohmann::json& fragments,
        const openai_tool_calls& calls,
        batch_texts& texts,
        batch& out
    );
    /// Tells what was kept for the calls that are there; `all`: the rest too.
    void release(const openai_tool_calls& calls, bool all, batch_texts& texts, batch& out);

 private:
    void tell(const reasoning_state& state, int call, bool of_text, batch_texts& texts, batch& out)
        const;
    void hold(reasoning_state state);

    int choice_;
    std::vector<reasoning_state> held_;
    std::size_t held_bytes_ = 0;
};

}  // namespace sluice::upstream
