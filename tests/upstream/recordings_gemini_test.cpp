// Recorded streams of Gemini and of Vertex, through the codec whole, byte by byte and at random
// cuts.

#include "tests/upstream/gemini_run.hpp"
#include "tests/upstream/recordings.hpp"

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;

/// The recording ends before its answer does, or ends in an error.
bool is_failure(const json& record, std::string_view bytes) {
    const auto& expected = record.at("expected");
    if (bytes.find("\n{\n  \"error\"") != std::string_view::npos) return true;
    return expected.at("finish_reason").is_null() && !expected.contains("prompt_feedback");
}

finish_reason expected_finish(const json& expected) {
    const auto word = text_at(expected, "finish_reason");
    if (word == "MAX_TOKENS") return finish_reason::length;
    if (word == "SAFETY" || word == "RECITATION" || word.empty()) {
        return finish_reason::content_filter;
    }
    return expected.at("tool_calls").empty() ? finish_reason::stop : finish_reason::tool_calls;
}

void expect_calls(const json& expected, const std::vector<told_call>& told) {
    const auto& wanted = expected.at("tool_calls");
    ASSERT_EQ(told.size(), wanted.size());
    for (std::size_t i = 0; i < told.size(); ++i) {
        EXPECT_EQ(told[i].index, static_cast<int>(i));
        EXPECT_EQ(told[i].name, text_at(wanted[i], "name"));
        EXPECT_EQ(json::parse(told[i].arguments), json::parse(text_at(wanted[i], "arguments")));
        const auto id = text_at(wanted[i], "id");
        EXPECT_TRUE(id.empty() ? told[i].id.starts_with("call_") : told[i].id == id);
    }
}

void expect_usage(const json& expected, const std::optional<usage>& counted) {
    const auto& wanted = expected.at("usage");
    ASSERT_EQ(counted.has_value(), wanted.is_object());
    if (!counted) return;
    const auto prompt = count_at(wanted, "promptTokenCount");
    const auto tools = count_at(wanted, "toolUsePromptTokenCount").value_or(0);
    const auto thoughts = count_at(wanted, "thoughtsTokenCount");
    const auto candidates = count_at(wanted, "candidatesTokenCount").value_or(0);
    EXPECT_EQ(counted->input_tokens, *prompt + tools);
    EXPECT_EQ(counted->output_tokens, candidates + thoughts.value_or(0));
    EXPECT_EQ(counted->reasoning_tokens, thoughts);
    EXPECT_EQ(counted->total_tokens, count_at(wanted, "totalTokenCount"));
}

std::string first_of(const std::map<int, std::string>& texts) {
    return texts.empty() ? std::string() : texts.begin()->second;
}

void expect_translation(const json& record, std::string_view bytes, const told& seen) {
    const auto& expected = record.at("expected");
    EXPECT_EQ(first_of(seen.text), text_at(expected, "text"));
    EXPECT_EQ(first_of(seen.reasoning), text_at(expected, "reasoning"));
    expect_calls(expected, seen.calls);
    expect_usage(expected, seen.usage);
    EXPECT_EQ(
        !seen.states.empty(), expected.contains("signature") && expected.at("signature") == true
    );
    if (is_failure(record, bytes)) {
        EXPECT_NE(seen.ended, outcome::completed);
        EXPECT_TRUE(seen.failure && !seen.failure->message.empty());
        EXPECT_TRUE(seen.finishes.empty());
        return;
    }
    EXPECT_EQ(seen.ended, outcome::completed);
    ASSERT_EQ(seen.finishes.size(), 1U);
    EXPECT_EQ(to_string(seen.finishes[0].second), to_string(expected_finish(expected)));
    if (expected.at("finish_reason").is_string()) {
        EXPECT_EQ(seen.native_reasons.at(0), text_at(expected, "finish_reason"));
    }
}

class GeminiRecordings : public recordings_of {
 protected:
    GeminiRecordings() : recordings_of("gemini") {}
};

TEST_F(GeminiRecordings, AreToldAsTheyWereMeant) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        expect_translation(record, bytes, run_gemini({}, {bytes}));
    }
    RecordProperty("recordings", static_cast<int>(records_.size()));
}

TEST_F(GeminiRecordings, AreToldTheSameHoweverTheyAreCut) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        for (const auto& asked : {call(), relayed_gemini_call()}) {
            const auto whole = run_gemini(asked, {bytes});
            const auto single = run_gemini(asked, bytewise(bytes));
            EXPECT_TRUE(single.key() == whole.key());
            EXPECT_EQ(single.states, whole.states);
            for (const unsigned seed : {1U, 2U, 3U}) {
                const auto cut = run_gemini(asked, random_cuts(bytes, seed));
                EXPECT_TRUE(cut.key() == whole.key());
                EXPECT_EQ(cut.citations, whole.citations);
            }
        }
    }
}

TEST_F(GeminiRecordings, AreRelayedByteForByte) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto seen = run_gemini(relayed_gemini_call(), {bytes});
        expect_usage(record.at("expected"), seen.usage);
        EXPECT_TRUE(seen.text.empty() && seen.calls.empty() && seen.states.empty());
        if (is_failure(record, bytes)) {
            EXPECT_NE(seen.ended, outcome::completed);
            EXPECT_TRUE(bytes.starts_with(seen.bytes));
            continue;
        }
        EXPECT_EQ(seen.ended, outcome::completed);
        EXPECT_EQ(seen.bytes, bytes);
        ASSERT_EQ(seen.finishes.size(), 1U);
    }
}

}  // namespace
}  // namespace sluice::upstream::testing
