#include "upstream/providers/document_items.hpp"

#include "tests/upstream/codec_run.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sluice::upstream::testing {
namespace {

told read(api spoken, std::string_view document) {
    batch_texts texts;
    batch out;
    EXPECT_TRUE(read_document_items(spoken, document, texts, out));
    told result;
    result.add(out);
    return result;
}

bool is_read(const std::string& document) {
    batch_texts texts;
    batch out;
    return read_document_items(api::openai_chat, document, texts, out);
}

TEST(DocumentItems, OfAChatTellTheMessageOfEachChoice) {
    const auto told = read(
        api::openai_chat,
        R"({"choices":[{"index":1,"message":{"content":"Bye","refusal":"No."}},)"
        R"({"index":0,"message":{"reasoning_content":"hm","content":"Hi"}}]})"
    );
    EXPECT_EQ(told.text.at(0), "Hi");
    EXPECT_EQ(told.reasoning.at(0), "hm");
    EXPECT_EQ(told.text.at(1), "Bye");
    EXPECT_EQ(told.refusal.at(1), "No.");
}

TEST(DocumentItems, OfAChatTellCallsThatHaveNoIndex) {
    const auto told = read(
        api::openai_chat,
        R"({"choices":[{"message":{"content":null,"tool_calls":[)"
        R"({"id":"c1","function":{"name":"look","arguments":"{\"at\":1}"}},)"
        R"({"id":"c2","function":{"name":"look","arguments":"{\"at\":2}"}}]}}]})"
    );
    const std::vector<told_call> wanted{
        {0, 0, "c1", "look", "{\"at\":1}"}, {0, 1, "c2", "look", "{\"at\":2}"}};
    EXPECT_EQ(told.calls, wanted);
}

TEST(DocumentItems, OfAChatTellACallOfTheOlderForm) {
    const auto told = read(
        api::openai_chat,
        R"({"choices":[{"message":{"function_call":{"name":"look","arguments":"{}"}}}]})"
    );
    ASSERT_EQ(told.calls.size(), 1U);
    EXPECT_EQ(told.calls[0].name, "look");
}

TEST(DocumentItems, OfAChatTellWhatIsSpoken) {
    const auto told = read(
        api::openai_chat,
        R"({"choices":[{"message":{"audio":{"id":"a","data":"aGlk","transcript":"Hi"}}}]})"
    );
    EXPECT_EQ(told.transcript, "Hi");
    EXPECT_EQ(told.media.size(), 1U);
}

TEST(DocumentItems, OfAMessageTellWhyItWasRefused) {
    const auto told = read(
        api::anthropic_messages,
        R"({"id":"msg_1","type":"message","content":[{"type":"text","text":"Well"}],)"
        R"("stop_reason":"refusal","stop_details":{"explanation":"I can't."}})"
    );
    EXPECT_EQ(told.text.at(0), "Well");
    EXPECT_EQ(told.refusal.at(0), "I can't.");
}

TEST(DocumentItems, OfGeminiTellEachCandidate) {
    const auto told = read(
        api::gemini,
        R"({"candidates":[{"index":0,"content":{"parts":[{"text":"Hi"},)"
        R"({"inlineData":{"mimeType":"image/png","data":"aGlk"}}]},"finishReason":"STOP"},)"
        R"({"index":1,"content":{"parts":[{"functionCall":{"name":"look","args":{"at":1}}}]}}]})"
    );
    EXPECT_EQ(told.text.at(0), "Hi");
    EXPECT_EQ(told.media.size(), 1U);
    ASSERT_EQ(told.calls.size(), 1U);
    EXPECT_EQ(told.calls[0].choice, 1);
    EXPECT_EQ(told.calls[0].arguments, "{\"at\":1}");
}

TEST(DocumentItems, OfAResponseTellItsRefusalsAndItsPictures) {
    const auto told = read(
        api::openai_responses,
        R"({"id":"resp_1","output":[{"type":"message","content":[{"type":"refusal",)"
        R"("refusal":"No."}]},{"type":"image_generation_call","result":"aGlk"},)"
        R"({"type":"custom_tool_call","call_id":"c1","name":"run","input":"ls"}]})"
    );
    EXPECT_EQ(told.refusal.at(0), "No.");
    EXPECT_EQ(told.media.size(), 1U);
    ASSERT_EQ(told.calls.size(), 1U);
    EXPECT_EQ(told.calls[0].arguments, "ls");
}

TEST(DocumentItems, AreNoneOfVectorsAndCounts) {
    const std::string document = R"({"data":[{"embedding":[0.5]}],"choices":[{"text":"Hi"}]})";
    for (const auto spoken : {api::openai_embeddings, api::anthropic_count_tokens, api::native}) {
        const auto told = read(spoken, document);
        EXPECT_TRUE(told.text.empty());
    }
}

TEST(DocumentItems, AreNotReadFromWhatIsNoObjectOrTooLarge) {
    const std::string pad(17U << 20, 'p');
    std::string many = "0";
    for (int i = 0; i < 300'000; ++i)
        many += ",0";
    EXPECT_TRUE(is_read("{}"));
    EXPECT_FALSE(is_read(""));
    EXPECT_FALSE(is_read("[]"));
    EXPECT_FALSE(is_read("{\"choices\":"));
    EXPECT_FALSE(is_read("{\"pad\":\"" + pad + "\"}"));
    EXPECT_FALSE(is_read("{\"pad\":[" + many + "]}"));
    EXPECT_FALSE(is_read("{\"pad\":" + std::string(200, '[') + std::string(200, ']') + "}"));
}

}  // namespace
}  // namespace sluice::upstream::testing
