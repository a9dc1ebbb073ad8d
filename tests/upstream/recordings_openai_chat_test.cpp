// Recorded chat completions, through the codec whole, byte by byte and at random cuts.

#include "tests/upstream/recordings.hpp"

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;
/// The recording ends before its answer does, or ends in an error.
bool is_failure(const json& record) {
    const auto& expected = record.at("expected");
    const bool cut = has_tag(record, "framing", "incomplete_tail") ||
                     record.at("authenticity") == "recorded-trimmed";
    const bool terminal =
        expected.at("done_marker").get<bool>() || !expected.at("finish_reason").is_null();
    return cut || !terminal || expected.contains("error");
}

std::string expected_finish(const json& expected) {
    const auto word = text_at(expected, "finish_reason");
    const bool called = !expected.at("tool_calls").empty();
    return called && (word == "stop" || word.empty()) ? "tool_calls" : word;
}

std::vector<told_call> expected_calls(const json& expected) {
    std::vector<told_call> calls;
    for (const auto& call : expected.at("tool_calls")) {
        const auto choice = static_cast<int>(count_at(call, "choice").value_or(0));
        // Servers that leave the index out mean the next one.
        const auto next = std::ranges::count(calls, choice, &told_call::choice);
        const auto index = static_cast<int>(count_at(call, "index").value_or(next));
        auto arguments = text_at(call, "arguments");
        if (arguments == "null") arguments = "{}";
        calls.push_back({choice, index, text_at(call, "id"), text_at(call, "name"), arguments});
    }
    return calls;
}

std::vector<told_call> sorted(std::vector<told_call> calls) {
    const auto order = [](const told_call& call) { return std::pair(call.choice, call.index); };
    std::ranges::sort(calls, {}, order);
    return calls;
}

void expect_usage(const json& expected, const std::optional<usage>& counted) {
    const auto& wanted = expected.at("usage");
    ASSERT_EQ(counted.has_value(), wanted.is_object());
    if (!counted) return;
    const auto prompt = count_at(wanted, "prompt_tokens");
    const auto total = count_at(wanted, "total_tokens");
    const auto completion = count_at(wanted, "completion_tokens");
    EXPECT_EQ(counted->input_tokens, prompt);
    EXPECT_EQ(counted->total_tokens, total);
    // xAI leaves reasoning out of its completion tokens: there the rest of the total is the output.
    const auto reasoning = counted->reasoning_tokens.value_or(0);
    const bool apart = reasoning > 0 && *prompt + *completion + reasoning == *total;
    EXPECT_EQ(counted->output_tokens, apart ? *total - *prompt : completion);
}

std::map<int, std::string> expected_texts(
    const json& expected, const char* one, const char* by_choice
) {
    std::map<int, std::string> texts;
    if (expected.contains(by_choice)) {
        for (const auto& [choice, text] : expected.at(by_choice).items()) {
            if (text.is_string()) texts[std::stoi(choice)] = text.get<std::string>();
        }
    } else {
        texts[0] = text_at(expected, one);
    }
    std::erase_if(texts, [](const auto& entry) { return entry.second.empty(); });
    return texts;
}

void expect_translation(const json& record, const told& seen) {
    const auto& expected = record.at("expected");
    EXPECT_EQ(seen.text, expected_texts(expected, "text", "text_by_choice"));
    EXPECT_EQ(seen.reasoning, expected_texts(expected, "reasoning", "reasoning_by_choice"));
    EXPECT_EQ(seen.refusal, expected_texts(expected, "refusal", "refusal_by_choice"));
    EXPECT_EQ(sorted(seen.calls), sorted(expected_calls(expected)));
    expect_usage(expected, seen.usage);
    if (is_failure(record)) {
        EXPECT_NE(seen.ended, outcome::completed);
        EXPECT_TRUE(seen.failure && !seen.failure->message.empty());
        return;
    }
    EXPECT_EQ(seen.ended, outcome::completed);
    const bool has_content = !seen.text.empty() || !seen.calls.empty();
    if (seen.finishes.empty() && !has_content) return;
    ASSERT_FALSE(seen.finishes.empty());
    const auto first = std::ranges::find(seen.finishes, 0, &std::pair<int, finish_reason>::first);
    ASSERT_NE(first, seen.finishes.end());
    const auto finish = expected_finish(expected);
    EXPECT_EQ(to_string(first->second), finish.empty() ? "stop" : finish);
}

/// The frame that the gateway's own wish for usage brought about.
bool is_usage_frame(std::string_view block) {
    const auto brace = block.find('{');
    if (brace == std::string_view::npos) return false;
    const auto chunk = json::parse(block.substr(brace), nullptr, false);
    return chunk.is_object() && chunk.contains("choices") && chunk["choices"].is_array() &&
           chunk["choices"].empty() && chunk.contains("usage") && chunk["usage"].is_object() &&
           !chunk["usage"].empty();
}

/// The recording as a client is to get it. LF and CRLF only, as the recordings are.
std::string relayed(std::string_view wire, bool want_usage) {
    std::string out;
    const std::string_view blank =
        wire.find("\r\n\r\n") != std::string_view::npos ? "\r\n\r\n" : "\n\n";
    while (!wire.empty()) {
        const auto end = wire.find(blank);
        if (end == std::string_view::npos) break;
        const auto block = wire.substr(0, end + blank.size());
        wire.remove_prefix(block.size());
        if (want_usage || !is_usage_frame(block)) out += block;
        if (block.starts_with("data: [DONE]")) break;
    }
    return out;
}

void expect_relay(const json& record, std::string_view wire, bool want_usage, const told& seen) {
    auto expected = relayed(wire, want_usage);
    if (is_failure(record)) {
        EXPECT_NE(seen.ended, outcome::completed);
        // All before the error, and neither the error nor a terminal event.
        EXPECT_TRUE(expected.starts_with(seen.bytes));
        EXPECT_EQ(seen.bytes.find("[DONE]"), std::string::npos);
        return;
    }
    EXPECT_EQ(seen.ended, outcome::completed);
    if (expected.find("[DONE]") == std::string::npos) expected += "data: [DONE]\n\n";
    EXPECT_EQ(seen.bytes, expected);
    EXPECT_TRUE(seen.text.empty());
    expect_usage(record.at("expected"), seen.usage);
}

class Recordings : public recordings_of {
 protected:
    Recordings() : recordings_of("openai-chat") {}
};

TEST_F(Recordings, AreToldAsTheyWereMeant) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        expect_translation(record, run(translated_call(), plain_provider(), {bytes}));
    }
}

TEST_F(Recordings, AreToldTheSameHoweverTheyAreCut) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        for (const auto& asked : {translated_call(), transparent_call()}) {
            const auto whole = run(asked, plain_provider(), {bytes}).key();
            EXPECT_TRUE(run(asked, plain_provider(), bytewise(bytes)).key() == whole);
            for (const unsigned seed : {1U, 2U, 3U}) {
                EXPECT_TRUE(run(asked, plain_provider(), random_cuts(bytes, seed)).key() == whole);
            }
        }
    }
}

TEST_F(Recordings, AreRelayedByteForByteLessTheUsageNobodyAskedFor) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        for (const bool want_usage : {false, true}) {
            const auto seen = run(transparent_call(want_usage), plain_provider(), {bytes});
            expect_relay(record, bytes, want_usage, seen);
        }
    }
}

}  // namespace
}  // namespace sluice::upstream::testing
