#include "tests/hostile/documented_fields.hpp"

namespace sluice::hostile {
namespace {

using nlohmann::json;

std::vector<documented_field> gemini() {
    return {
        {"/contents",
         {"7",
          "true",
          "null",
          "[]",
          "[7]",
          "[null]",
          R"([{"parts":7}])",
          R"([{"parts":[7]}])",
          R"([{"parts":[{"text":7}]}])",
          R"([{"role":7,"parts":[{"text":"Hi"}]}])",
          R"([{"role":"wizard","parts":[{"text":"Hi"}]}])",
          R"([{"parts":[{"inlineData":7}]}])",
          R"([{"parts":[{"inlineData":{"mimeType":7,"data":""}}]}])",
          R"([{"parts":[{"functionCall":7}]}])",
          R"([{"parts":[{"functionResponse":7}]}])"}},
        {"/systemInstruction", {"7", "true", R"({"parts":7})", R"({"parts":[{"text":7}]})"}},
        {"/generationConfig", no_object()},
        {"/generationConfig/temperature", no_number({"-0.1", "2.1"})},
        {"/generationConfig/topP", no_number({"-0.1", "1.1"})},
        {"/generationConfig/topK", no_number({"-1"})},
        {"/generationConfig/maxOutputTokens",
         no_integer({"0", "-1"}),
         {"1", "9223372036854775807"}},
        {"/generationConfig/seed", no_integer({})},
        {"/generationConfig/candidateCount", no_integer({"0", "-1", "129"})},
        {"/generationConfig/presencePenalty", no_number({"-2.1", "2.1"})},
        {"/generationConfig/frequencyPenalty", no_number({"-2.1", "2.1"})},
        {"/generationConfig/stopSequences", no_list() + texts{"[7]"}},
        {"/generationConfig/responseLogprobs", no_boolean()},
        {"/generationConfig/logprobs", no_integer({"-1", "21"})},
        {"/generationConfig/responseMimeType", no_text()},
        {"/generationConfig/responseSchema", no_object()},
        {"/generationConfig/responseModalities", no_list() + texts{"[7]"}},
        {"/generationConfig/thinkingConfig", no_object()},
        {"/generationConfig/thinkingConfig/includeThoughts", no_boolean()},
        {"/generationConfig/thinkingConfig/thinkingBudget", no_integer({"-2"})},
        {"/tools",
         no_list() +
             texts{
                 "[7]",
                 R"([{"functionDeclarations":7}])",
                 R"([{"functionDeclarations":[7]}])",
                 R"([{"functionDeclarations":[{}]}])",
                 R"([{"functionDeclarations":[{"name":7}]}])"}},
        {"/toolConfig", no_object()},
        {"/toolConfig/functionCallingConfig",
         no_object() +
             texts{
                 R"({"mode":7})",
                 R"({"mode":"ANY","allowedFunctionNames":7})",
                 R"({"mode":"ANY","allowedFunctionNames":["f"]})"}},
        {"/safetySettings", no_list()},
        {"/cachedContent", no_text()},
        {"/labels", no_object()},
    };
}

std::vector<documented_field> ollama_shared() {
    return {
        {"/model", no_text() + texts{"\"\"", "null"}},
        {"/stream", no_boolean()},
        {"/options", no_object()},
        {"/options/temperature", no_number({"-0.1"})},
        {"/options/top_p", no_number({"-0.1", "1.1"})},
        {"/options/top_k", no_integer({})},
        {"/options/seed", no_integer({})},
        {"/options/num_predict", no_integer({}), {"-1", "-2", "0", "9223372036854775807"}},
        {"/options/stop", {"7", "{}", "[7]"}},
        {"/format", {"7", "true", "[]", "\"xml\""}, {"\"\""}},
        {"/think", {"7", "[]", "{}"}, {"\"high\""}},
        {"/keep_alive", {"true", "[]", "{}"}, {"-1", "\"5m\"", "\"x\""}},
    };
}

std::vector<documented_field> joined(
    std::vector<documented_field> left, const std::vector<documented_field>& right
) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

}  // namespace

void add_gemini_and_ollama(std::vector<surface>& to) {
    const json turn{{"role", "user"}, {"parts", json::array({{{"text", "Hi"}}})}};
    to.push_back(
        {"Gemini",
         "/v1beta/models/mock:generateContent",
         error_shape::gemini,
         {{"contents", json::array({turn})}},
         "/candidates/0/content/parts/0/text",
         gemini()}
    );
    const auto messages = json::array({{{"role", "user"}, {"content", "Hi"}}});
    to.push_back(
        {"Ollama chat",
         "/api/chat",
         error_shape::ollama,
         {{"model", "mock"}, {"stream", false}, {"messages", messages}},
         "/message/content",
         joined(
             ollama_shared(),
             {
                 {"/messages",
                  no_list() +
                      texts{
                          "[7]",
                          "[null]",
                          "[{}]",
                          R"([{"role":7,"content":"Hi"}])",
                          R"([{"role":"user","content":7}])",
                          R"([{"role":"wizard","content":"Hi"}])",
                          R"([{"role":"user","content":"Hi","images":7}])",
                          R"([{"role":"user","content":"Hi","images":[7]}])",
                          R"([{"role":"assistant","tool_calls":7}])"}},
                 {"/tools",
                  no_list() +
                      texts{
                          "[7]",
                          "[{}]",
                          R"([{"type":"function","function":{}}])",
                          R"([{"type":"function","function":{"name":7}}])"}},
             }
         )}
    );
    to.push_back(
        {"Ollama generate",
         "/api/generate",
         error_shape::ollama,
         {{"model", "mock"}, {"stream", false}, {"prompt", "Hi"}},
         "/response",
         joined(
             ollama_shared(),
             {
                 {"/prompt", no_text()},
                 {"/system", no_text()},
                 {"/suffix", no_text()},
                 {"/template", no_text()},
                 {"/raw", no_boolean()},
                 {"/context", no_list()},
                 {"/images", no_list() + texts{"[7]"}},
             }
         )}
    );
}

}  // namespace sluice::hostile
