#include "tests/end_to_end/support/dialect_requests.hpp"

namespace sluice::end_to_end {

using nlohmann::json;

std::vector<dialect_request> in_every_dialect(const std::string& prompt, const std::string& model) {
    const json turns = json::array({{{"role", "user"}, {"content", prompt}}});
    const json part{{"text", prompt}};
    const json gemini{{"contents", {{{"role", "user"}, {"parts", json::array({part})}}}}};
    const json ui_part{{"type", "text"}, {"text", prompt}};
    const json ui_message{{"id", "m1"}, {"role", "user"}, {"parts", json::array({ui_part})}};
    const json ui{{"id", "chat-1"}, {"model", model}, {"messages", json::array({ui_message})}};
    std::vector<dialect_request> all;
    for (const bool stream : {true, false}) {
        const std::string how = stream ? ", streamed" : "";
        const auto add = [&](const std::string& name, const std::string& target, json body) {
            body["model"] = model;
            body["stream"] = stream;
            all.push_back({name + how, post(target, body)});
        };
        add("native prompt", "/v1/streams", {{"prompt", prompt}});
        add("native messages", "/v1/streams", {{"messages", turns}});
        add("chat completions", "/v1/chat/completions", {{"messages", turns}});
        add("completions", "/v1/completions", {{"prompt", prompt}});
        add("responses", "/v1/responses", {{"input", prompt}});
        add("anthropic", "/v1/messages", {{"max_tokens", 20}, {"messages", turns}});
        add("ollama chat", "/api/chat", {{"messages", turns}});
        add("ollama generate", "/api/generate", {{"prompt", prompt}});
        const auto* method = stream ? ":streamGenerateContent?alt=sse" : ":generateContent";
        all.push_back({"gemini" + how, post("/v1beta/models/" + model + method, gemini)});
    }
    all.push_back({"native query", get("/v1/stream?model=" + model + "&prompt=" + prompt)});
    all.push_back({"ui", post("/v1/ui/chat", ui)});
    return all;
}

}  // namespace sluice::end_to_end
