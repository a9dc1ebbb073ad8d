// Recorded answers of Ollama, through the codec whole, byte by byte and at random cuts.

#include "tests/upstream/ollama_run.hpp"
#include "tests/upstream/recordings.hpp"

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;

std::string expected_finish(const json& expected) {
    const auto word = text_at(expected, "finish_reason");
    return !expected.at("tool_calls").empty() && word == "stop" ? "tool_calls" : word;
}

void expect_usage(const json& expected, const std::optional<usage>& counted) {
    ASSERT_TRUE(counted);
    const auto& wanted = expected.at("usage");
    EXPECT_EQ(counted->input_tokens, count_at(wanted, "prompt_eval_count"));
    EXPECT_EQ(counted->output_tokens, count_at(wanted, "eval_count"));
}

void expect_calls(const json& expected, const told& seen) {
    const auto& wanted = expected.at("tool_calls");
    ASSERT_EQ(seen.calls.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_EQ(seen.calls[i].index, static_cast<int>(i));
        EXPECT_EQ(seen.calls[i].id, text_at(wanted[i], "id"));
        EXPECT_EQ(seen.calls[i].name, text_at(wanted[i], "name"));
        EXPECT_EQ(json::parse(seen.calls[i].arguments), wanted[i].at("arguments_json"));
    }
}

class OllamaRecordings : public recordings_of {
 protected:
    OllamaRecordings() : recordings_of("ollama") {}

    /// Some were made with the older endpoint.
    static call transparent(std::string_view wire) {
        const bool generated = wire.find("\"response\":") != std::string_view::npos;
        return ollama_call(generated ? api::ollama_generate : api::ollama_chat);
    }
};

TEST_F(OllamaRecordings, AreToldAsTheyWereMeant) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto& expected = record.at("expected");
        const auto bytes = wire(record);
        const auto seen = run_ollama(translated_call(), {bytes});
        EXPECT_EQ(seen.ended, outcome::completed);
        EXPECT_EQ(seen.text.contains(0) ? seen.text.at(0) : "", text_at(expected, "text"));
        EXPECT_EQ(
            seen.reasoning.contains(0) ? seen.reasoning.at(0) : "", text_at(expected, "reasoning")
        );
        expect_calls(expected, seen);
        expect_usage(expected, seen.usage);
        ASSERT_EQ(seen.finishes.size(), 1U);
        EXPECT_EQ(to_string(seen.finishes[0].second), expected_finish(expected));
    }
}

TEST_F(OllamaRecordings, AreToldTheSameHoweverTheyAreCut) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        for (const auto& asked : {translated_call(), transparent(bytes)}) {
            const auto whole = run_ollama(asked, {bytes}).key();
            EXPECT_TRUE(run_ollama(asked, bytewise(bytes)).key() == whole);
            for (const unsigned seed : {1U, 2U, 3U})
                EXPECT_TRUE(run_ollama(asked, random_cuts(bytes, seed)).key() == whole);
        }
    }
}

TEST_F(OllamaRecordings, AreRelayedByteForByte) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        auto bytes = wire(record);
        const auto seen = run_ollama(transparent(bytes), {bytes});
        if (!bytes.ends_with('\n')) bytes += '\n';
        EXPECT_EQ(seen.ended, outcome::completed);
        EXPECT_EQ(seen.bytes, bytes);
        EXPECT_TRUE(seen.text.empty());
        expect_usage(record.at("expected"), seen.usage);
        ASSERT_EQ(seen.finishes.size(), 1U);
        EXPECT_EQ(to_string(seen.finishes[0].second), expected_finish(record.at("expected")));
    }
}

}  // namespace
}  // namespace sluice::upstream::testing
