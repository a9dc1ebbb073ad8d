#include "upstream/mock/recordings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace sluice::upstream::testing {
namespace {

using ::testing::HasSubstr;
using kind = provider_settings::protocol;

std::string chat(const std::string& model, const std::string& prompt) {
    return R"({"model":")" + model + R"(","messages":[{"role":"system","content":"S"},)" +
           R"({"role":"user","content":")" + prompt + R"("}]})";
}

/// Named by its file, so that a test sees which was chosen.
recording one(std::string file, std::string model, std::string body, kind protocol = kind::openai) {
    recording made;
    made.file = std::move(file);
    made.request.provider.kind = protocol;
    made.request.client = protocol == kind::anthropic ? api::anthropic_messages : api::openai_chat;
    made.request.model = std::move(model);
    made.request.body = std::move(body);
    made.status = 200;
    made.ended = "whole";
    return made;
}

std::string chosen(const recordings& from, const std::string& model, const std::string& body) {
    const std::vector<recordings::wanted> wanted{{0, false, model, body}};
    const auto choice = from.choose(wanted);
    return choice ? choice->played->file : "none";
}

TEST(Recordings, ChoosesTheSameBodyBeforeAllElse) {
    const recordings all({one("other", "m", chat("m", "Hi")), one("same", "m", chat("m", "Ho"))});
    EXPECT_EQ(chosen(all, "m", chat("m", "Ho")), "same");
    EXPECT_EQ(
        chosen(
            all,
            "m",
            R"({ "messages":[{"content":"S","role":"system"},{"role":"user","content":"Ho"}],)"
            R"("model" : "m"})"
        ),
        "same"
    );
}

TEST(Recordings, ThenTheSameModelAndLastMessage) {
    const recordings all(
        {one("model", "m", chat("m", "Hi")),
         one("prompt", "n", chat("n", "Ho")),
         one("both", "m", chat("m", "Ho"))}
    );
    const auto asked = R"({"messages":[{"role":"user","content":[{"type":"text","text":"Ho"}]}]})";
    EXPECT_EQ(chosen(all, "m", asked), "both");
    EXPECT_EQ(chosen(all, "n", asked), "prompt");
}

TEST(Recordings, ThenTheLastMessageThenTheModelThenAny) {
    const recordings all({one("m", "m", chat("m", "Hi")), one("n", "n", chat("n", "Ho"))});
    EXPECT_EQ(chosen(all, "x", chat("x", "Ho")), "n");
    EXPECT_EQ(chosen(all, "n", chat("n", "something else")), "n");
    EXPECT_EQ(chosen(all, "x", chat("x", "something else")), "m");
    EXPECT_EQ(chosen(all, "x", "no JSON"), "m");  // played less often
}

recording failed(recording one, int status, std::string ended) {
    one.status = status;
    one.ended = std::move(ended);
    return one;
}

TEST(Recordings, StandInForAnotherPromptRatherWithAnAnswer) {
    const auto body = chat("m", "Hi");
    const recordings all(
        {failed(one("refused", "m", body), 429, "whole"),
         failed(one("left", "m", body), 200, "left"),
         failed(one("nothing", "m", body), 0, "connect"),
         one("good", "n", chat("n", "Ho"))}
    );
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(chosen(all, "m", chat("m", "something else")), "good");
    EXPECT_EQ(chosen(all, "m", body), "refused") << "to the same prompt it says the same";
    EXPECT_EQ(chosen(all, "m", body), "left");
}

TEST(Recordings, PlaysEquallyNearOnesInTurn) {
    const auto body = chat("m", "Hi");
    const recordings all(
        {one("a", "m", body),
         one("b", "m", body),
         one("c", "m", body),
         one("d", "m", chat("m", ""))}
    );
    std::string order;
    for (int i = 0; i < 7; ++i)
        order += chosen(all, "m", body);
    EXPECT_EQ(order, "abcabca");
}

TEST(Recordings, FindsTheLastMessageInTheWordsOfEachProtocol) {
    const auto hi = marks_of(chat("m", "Hi")).prompt;
    ASSERT_TRUE(hi);
    const std::vector<std::string> bodies{
        R"({"input":"Hi"})",
        R"({"prompt":"Hi"})",
        R"({"input":[{"role":"user","content":[{"type":"input_text","text":"Hi"}]}]})",
        R"({"contents":[{"role":"user","parts":[{"text":"Ho"}]},{"role":"model","parts":[]},)"
        R"({"parts":[{"text":"H"},{"text":"i"}]}]})",
        R"({"messages":[{"role":"user","content":[{"text":"Hi"}]}]})",
        R"({"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"x"},)"
        R"({"role":"user","content":[{"type":"tool_result","content":"42"}]}]})"};
    for (const auto& body : bodies)
        EXPECT_EQ(marks_of(body).prompt, hi) << body;
}

TEST(Recordings, AreNotLedAstrayByBodiesOfAnyShape) {
    for (const std::string body :
         {"",
          "7",
          "[]",
          "{\"messages\":7}",
          "{\"messages\":[7,[],null]}",
          "{\"prompt\":[]}",
          "{\"messages\":[{\"role\":7,\"content\":{}}]}",
          "{\"input\":[{\"content\":[7]}]}"})
        EXPECT_FALSE(marks_of(body).prompt) << body;
    EXPECT_FALSE(marks_of(std::string(100'000, '[')).is_json);
}

TEST(Recordings, AnswersAClientInItsOwnProtocolWhereThatWasRecorded) {
    const recordings all({one("chat", "m", "{}"), one("messages", "m", "{}", kind::anthropic)});
    EXPECT_TRUE(all.speaks(api::openai_chat));
    EXPECT_TRUE(all.speaks(api::anthropic_messages));
    EXPECT_FALSE(all.speaks(api::gemini));
    EXPECT_EQ(all.speakers_for(api::openai_chat), std::vector<std::size_t>{0});
    EXPECT_EQ(all.speakers_for(api::anthropic_messages), std::vector<std::size_t>{1});
    EXPECT_EQ(all.speakers_for(api::gemini), (std::vector<std::size_t>{0, 1}));
}

TEST(Recordings, TranslatesOnlyConversations) {
    auto embeddings = one("vectors", "m", "{}");
    embeddings.request.client = api::openai_embeddings;
    embeddings.request.provider.apis = {api::openai_chat, api::openai_embeddings};
    const recordings all({embeddings});
    EXPECT_TRUE(all.speaks(api::openai_embeddings));
    EXPECT_TRUE(all.speakers_for(api::openai_chat).empty());
}

TEST(Recordings, DoNotPlayAStreamAsADocument) {
    auto document = one("document", "m", "{}");
    document.request.stream = false;
    const recordings all({one("stream", "m", "{}"), document});
    const std::vector<recordings::wanted> wanted{{0, true, "m", "{}"}};
    for (int i = 0; i < 3; ++i) {
        const auto choice = all.choose(wanted);
        ASSERT_TRUE(choice);
        EXPECT_EQ(choice->played->file, "document");
    }
    const recordings streams({one("stream", "m", "{}")});
    EXPECT_FALSE(streams.choose(wanted));
}

class RecordingFiles : public ::testing::Test {
 protected:
    RecordingFiles() {
        std::string name = std::filesystem::temp_directory_path() / "recordings-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~RecordingFiles() override { std::filesystem::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return folder_ / name;
    }
    static std::string recorded(const std::string& model) {
        const auto made = one("", model, "{}");
        return recording_request_line(made.request) + recording_head_line(0, 200, {}) +
               recording_end_line(1, "whole", "");
    }
    std::string error_of(const std::string& path) const {
        const auto loaded = recordings::load(path);
        return loaded ? "" : loaded.error();
    }

    std::filesystem::path folder_;
};

TEST_F(RecordingFiles, AreReadFromAFolderInTheOrderOfTheirNames) {
    write("b.jsonl", recorded("second"));
    write("a.jsonl", recorded("first"));
    write("c.jsonl.part", "not finished");
    write("README", "not meant");
    const auto loaded = recordings::load(folder_);
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ((*loaded)->size(), 2U);
    EXPECT_EQ(chosen(**loaded, "x", "{}"), (folder_ / "a.jsonl").string());
}

TEST_F(RecordingFiles, AreReadFromASingleFileOfAnyName) {
    const auto loaded = recordings::load(write("mine", recorded("m")));
    ASSERT_TRUE(loaded) << loaded.error();
    EXPECT_EQ((*loaded)->size(), 1U);
}

TEST_F(RecordingFiles, AreNamedWithTheLineThatIsWrong) {
    const auto path = write("a.jsonl", recorded("m") + "{}\n");
    EXPECT_THAT(error_of(folder_), HasSubstr(path + ":4: nothing may come"));
}

TEST_F(RecordingFiles, AreMissedByName) {
    EXPECT_THAT(error_of(folder_), HasSubstr(folder_.string() + " holds no recording"));
    EXPECT_THAT(error_of(folder_ / "none"), HasSubstr("none cannot be read: No such file"));
    EXPECT_THAT(error_of("/dev/zero"), HasSubstr("/dev/zero is no file of recordings"));
}

}  // namespace
}  // namespace sluice::upstream::testing
