#pragma once

#include "tests/upstream/codec_run.hpp"
#include "upstream/providers/gemini.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Runs Gemini's codec over bytes.
namespace sluice::upstream::testing {

inline provider_settings gemini_provider() {
    provider_settings provider;
    provider.name = "google";
    provider.kind = provider_settings::protocol::gemini;
    provider.base_url = "https://generativelanguage.googleapis.com";
    provider.api_key = "AIza-secret-key";
    return provider;
}

inline call relayed_gemini_call(bool stream = true) {
    call asked;
    asked.api = api::gemini;
    asked.body = R"({"contents":[{"parts":[{"text":"hi"}]}]})";
    asked.stream = stream;
    return asked;
}

inline told run_gemini(const call& asked, const std::vector<std::string_view>& pieces) {
    return run(make_gemini_codec(), asked, gemini_provider(), pieces);
}

inline std::string gemini_frame(std::string_view json) {
    return "data: " + std::string(json) + "\r\n\r\n";
}

/// A frame with one candidate that has these parts, and more members behind its content.
inline std::string parts_frame(std::string_view parts, std::string_view more = {}) {
    return gemini_frame(
        R"({"candidates": [{"content": {"parts": [)" + std::string(parts) +
        R"(],"role": "model"})" + std::string(more) + R"(}],"responseId": "r1"})"
    );
}

inline std::string text_frame(std::string_view text, std::string_view more = {}) {
    return parts_frame(R"({"text": ")" + std::string(text) + R"("})", more);
}

inline const std::string stopped = R"(,"finishReason": "STOP")";

}  // namespace sluice::upstream::testing
