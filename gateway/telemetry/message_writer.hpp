#pragma once

#include <string>
#include <string_view>

namespace sluice::gateway {

/// Writes one message as OpenTelemetry's GenAI conventions have it, as JSON:
/// `{"role": "user", "parts": [{"type": "text", "content": "..."}]}`.
class message_writer {
 public:
    explicit message_writer(std::string_view role);

    void text(std::string_view content) { words("text", content); }
    void reasoning(std::string_view content) { words("reasoning", content); }
    /// Pictures, sound and files are named, not kept.
    void blob(std::string_view modality);
    /// Arguments that are a JSON object stand as one; all others, as text.
    void tool_call(std::string_view id, std::string_view name, std::string_view arguments);

    /// `finish_reason`: in the conventions' words; empty: not known.
    std::string finish(std::string_view finish_reason = {}) &&;

 private:
    void begin(std::string_view type);
    void member(std::string_view name, std::string_view text);
    void words(std::string_view type, std::string_view content);

    std::string text_;
    bool has_parts_ = false;
};

}  // namespace sluice::gateway
