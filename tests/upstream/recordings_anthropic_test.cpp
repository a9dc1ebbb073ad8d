// Recorded messages, through the codec whole, byte by byte and at random cuts.

#include "tests/upstream/anthropic_calls.hpp"
#include "tests/upstream/recordings.hpp"

namespace sluice::upstream::testing {
namespace {

using namespace anthropic;
using nlohmann::json;

constexpr std::string_view terminal = "\"type\":\"message_stop\"";

/// What a client reads of it: one recording holds fifteen messages, one after the other.
std::string_view first_message(std::string_view wire) {
    const auto stop = wire.find(terminal);
    if (stop == std::string_view::npos) return wire;
    const auto end = wire.find("\n\n", stop);
    return end == std::string_view::npos ? wire : wire.substr(0, end + 2);
}

bool is_one_message(std::string_view wire) {
    const auto first = wire.find(terminal);
    return first != std::string_view::npos &&
           wire.find(terminal, first + 1) == std::string_view::npos;
}

std::string expected_finish(const json& expected) {
    const auto word = text_at(expected, "finish_reason");
    if (word == "max_tokens" || word == "model_context_window_exceeded") return "length";
    if (word == "refusal") return "content_filter";
    return expected.at("tool_calls").empty() ? "stop" : "tool_calls";
}

void expect_usage(const json& expected, const std::optional<usage>& counted) {
    const auto& wanted = expected.at("usage");
    ASSERT_TRUE(counted.has_value());
    const auto count = [&](const char* key) { return count_at(wanted, key); };
    const auto read = count("cache_read_input_tokens");
    const auto written = count("cache_creation_input_tokens");
    EXPECT_EQ(
        counted->input_tokens, *count("input_tokens") + read.value_or(0) + written.value_or(0)
    );
    EXPECT_EQ(counted->cached_tokens, read);
    EXPECT_EQ(counted->cache_write_tokens, written);
    EXPECT_EQ(counted->output_tokens, count("output_tokens"));
    const auto details = wanted.find("output_tokens_details");
    if (details != wanted.end() && details->is_object()) {
        EXPECT_EQ(counted->reasoning_tokens, count_at(*details, "thinking_tokens"));
    }
}

void expect_calls(const json& expected, const std::vector<told_call>& calls) {
    const auto& wanted = expected.at("tool_calls");
    ASSERT_EQ(calls.size(), wanted.size());
    for (std::size_t i = 0; i < calls.size(); ++i) {
        EXPECT_EQ(calls[i].index, static_cast<int>(i));
        EXPECT_EQ(calls[i].id, text_at(wanted[i], "id"));
        EXPECT_EQ(calls[i].name, text_at(wanted[i], "name"));
        if (!wanted[i].at("arguments_valid_json").get<bool>()) continue;
        EXPECT_EQ(json::parse(calls[i].arguments, nullptr, false), wanted[i].at("arguments_json"));
    }
}

std::string text_of_choice(const std::map<int, std::string>& texts) {
    EXPECT_LE(texts.size(), 1U);
    return texts.empty() ? std::string() : texts.begin()->second;
}

void expect_translation(const json& record, const told& seen) {
    const auto& expected = record.at("expected");
    EXPECT_EQ(text_of_choice(seen.text), text_at(expected, "text"));
    EXPECT_EQ(text_of_choice(seen.reasoning), text_at(expected, "reasoning"));
    expect_calls(expected, seen.calls);
    expect_usage(expected, seen.usage);
    EXPECT_EQ(seen.ended, outcome::completed);
    ASSERT_EQ(seen.finishes.size(), 1U);
    EXPECT_EQ(to_string(seen.finishes[0].second), expected_finish(expected));
    EXPECT_EQ(seen.native_reasons[0], text_at(expected, "finish_reason"));
    EXPECT_EQ(seen.stop_sequence, text_at(expected, "stop_sequence"));
    EXPECT_EQ(seen.citations.size(), expected.at("citations").get<std::size_t>());
    EXPECT_EQ(std::get<1>(seen.identities.at(0)), text_at(expected, "model"));
    const auto signs = [&](reasoning_state::form how) {
        return std::ranges::find(seen.states, how, &told_state::how) != seen.states.end();
    };
    EXPECT_EQ(signs(reasoning_state::form::signature), expected.contains("signature"));
    EXPECT_EQ(signs(reasoning_state::form::redacted), expected.contains("redacted_thinking"));
}

class AnthropicRecordings : public recordings_of {
 protected:
    AnthropicRecordings() : recordings_of("anthropic-messages") {}
};

TEST_F(AnthropicRecordings, AreToldAsTheyWereMeant) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto seen = run_anthropic(translated_call(), {bytes});
        if (is_one_message(bytes))
            expect_translation(record, seen);
        else
            EXPECT_EQ(seen.ended, outcome::completed);
    }
}

TEST_F(AnthropicRecordings, AreToldTheSameHoweverTheyAreCut) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        for (const auto& asked : {translated_call(), messages_call()}) {
            const auto whole = run_anthropic(asked, {bytes});
            const auto expect_same = [&](const told& parts) {
                EXPECT_TRUE(parts.key() == whole.key());
                EXPECT_EQ(parts.states, whole.states);
                EXPECT_EQ(parts.citations, whole.citations);
            };
            expect_same(run_anthropic(asked, bytewise(bytes)));
            for (const unsigned seed : {1U, 2U, 3U})
                expect_same(run_anthropic(asked, random_cuts(bytes, seed)));
        }
    }
}

TEST_F(AnthropicRecordings, AreRelayedByteForByte) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto seen = run_anthropic(messages_call(), {bytes});
        EXPECT_EQ(seen.ended, outcome::completed);
        EXPECT_EQ(seen.bytes, first_message(bytes));
        EXPECT_TRUE(seen.text.empty());
        EXPECT_EQ(seen.finishes.size(), 1U);
        if (is_one_message(bytes)) expect_usage(record.at("expected"), seen.usage);
    }
}

}  // namespace
}  // namespace sluice::upstream::testing
