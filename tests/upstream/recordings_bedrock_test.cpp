// Recorded answers of Bedrock's ConverseStream, through the codec whole, byte by byte and at random
// cuts.

#include "tests/upstream/bedrock_run.hpp"
#include "tests/upstream/recordings.hpp"

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;

/// Tools that Bedrock runs itself are no calls for the client.
std::vector<json> client_calls(const json& expected) {
    std::vector<json> calls;
    for (const auto& call : expected.at("tool_calls")) {
        const auto name = text_at(call, "name");
        if (name != "nova_grounding" && name != "nova_code_interpreter") calls.push_back(call);
    }
    return calls;
}

std::string expected_finish(const json& expected) {
    const auto word = text_at(expected, "finish_reason");
    if (word == "tool_use") return "tool_calls";
    if (word == "max_tokens") return "length";
    if (word == "guardrail_intervened") return "content_filter";
    EXPECT_EQ(word, "end_turn");
    return client_calls(expected).empty() ? "stop" : "tool_calls";
}

void expect_usage(const json& expected, const std::optional<usage>& counted) {
    const auto& wanted = expected.at("usage");
    ASSERT_EQ(counted.has_value(), wanted.is_object());
    if (!counted) return;
    const auto read = count_at(wanted, "cacheReadInputTokens");
    const auto written = count_at(wanted, "cacheWriteInputTokens");
    EXPECT_EQ(
        counted->input_tokens,
        *count_at(wanted, "inputTokens") + read.value_or(0) + written.value_or(0)
    );
    EXPECT_EQ(counted->output_tokens, count_at(wanted, "outputTokens"));
    EXPECT_EQ(counted->total_tokens, count_at(wanted, "totalTokens"));
    EXPECT_EQ(counted->total_tokens, *counted->input_tokens + *counted->output_tokens);
    EXPECT_EQ(counted->cached_tokens, read);
    EXPECT_EQ(counted->cache_write_tokens, written);
}

void expect_calls(const json& expected, const told& seen) {
    const auto wanted = client_calls(expected);
    ASSERT_EQ(seen.calls.size(), wanted.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        EXPECT_EQ(seen.calls[i].index, static_cast<int>(i));
        EXPECT_EQ(seen.calls[i].id, text_at(wanted[i], "id"));
        EXPECT_EQ(seen.calls[i].name, text_at(wanted[i], "name"));
        EXPECT_EQ(json::parse(seen.calls[i].arguments), wanted[i].at("arguments_json"));
    }
}

class BedrockRecordings : public recordings_of {
 protected:
    BedrockRecordings() : recordings_of("bedrock-converse") {}
};

TEST_F(BedrockRecordings, AreToldAsTheyWereMeant) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto& expected = record.at("expected");
        const auto bytes = wire(record);
        const auto seen = run_bedrock({bytes});
        EXPECT_EQ(seen.ended, outcome::completed);
        EXPECT_EQ(seen.text.contains(0) ? seen.text.at(0) : "", text_at(expected, "text"));
        EXPECT_EQ(
            seen.reasoning.contains(0) ? seen.reasoning.at(0) : "", text_at(expected, "reasoning")
        );
        EXPECT_EQ(seen.citations.size(), expected.value("citations", 0U));
        expect_calls(expected, seen);
        expect_usage(expected, seen.usage);
        ASSERT_EQ(seen.finishes.size(), 1U);
        EXPECT_EQ(to_string(seen.finishes[0].second), expected_finish(expected));
        EXPECT_EQ(seen.native_reasons[0], text_at(expected, "finish_reason"));
    }
}

TEST_F(BedrockRecordings, AreToldTheSameHoweverTheyAreCut) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto whole = run_bedrock({bytes}).key();
        EXPECT_TRUE(run_bedrock(bytewise(bytes)).key() == whole);
        for (const unsigned seed : {1U, 2U, 3U})
            EXPECT_TRUE(run_bedrock(random_cuts(bytes, seed)).key() == whole);
    }
}

TEST_F(BedrockRecordings, AreFailuresWhereTheirEndIsMissing) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto seen = run_bedrock({std::string_view(bytes).substr(0, bytes.size() / 2)});
        EXPECT_NE(seen.ended, outcome::completed);
    }
}

}  // namespace
}  // namespace sluice::upstream::testing
