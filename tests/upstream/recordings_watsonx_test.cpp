// Recorded chats of watsonx.ai, through the codec whole, byte by byte and at random cuts.

#include "tests/upstream/recordings.hpp"
#include "upstream/providers/watsonx.hpp"

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;

class WatsonxRecordings : public recordings_of {
 protected:
    WatsonxRecordings() : recordings_of("watsonx-chat") {}
};

told decode(const std::vector<std::string_view>& pieces) {
    return run(make_watsonx_codec(), call(), plain_provider(), pieces);
}

/// The frame of usage without choices is the last there is; some recordings have lost their finish.
bool is_whole(const json& record, std::string_view wire) {
    return !record.at("expected").at("finish_reason").is_null() ||
           wire.find(R"("choices":[],)") != std::string_view::npos;
}

bool is_blocked(std::string_view wire) {
    return wire.find("UNSUITABLE_INPUT") != std::string_view::npos;
}

bool is_failure(const json& record, std::string_view wire) {
    return record.at("expected").contains("error") ||
           has_tag(record, "contains", "non_json_data_line") ||
           (!is_whole(record, wire) && !is_blocked(wire));
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

/// Arguments are equal as JSON; those that were quoted twice, as what the quotes hold.
json meaning_of(const std::string& arguments) {
    auto parsed = json::parse(arguments, nullptr, false);
    if (parsed.is_string()) parsed = json::parse(parsed.get<std::string>(), nullptr, false);
    return parsed.is_discarded() ? json(arguments) : parsed;
}

void expect_calls(const json& expected, std::vector<told_call> told) {
    const auto& wanted = expected.at("tool_calls");
    ASSERT_EQ(told.size(), wanted.size());
    // Told by choice; the provider's own indices have gaps.
    std::ranges::stable_sort(told, {}, &told_call::choice);
    std::map<int, int> next;
    for (std::size_t at = 0; at < told.size(); ++at) {
        const auto choice = static_cast<int>(count_at(wanted[at], "choice").value_or(0));
        EXPECT_EQ(told[at].choice, choice);
        EXPECT_EQ(told[at].index, next[choice]++);
        EXPECT_EQ(told[at].id, text_at(wanted[at], "id"));
        EXPECT_EQ(told[at].name, text_at(wanted[at], "name"));
        EXPECT_EQ(meaning_of(told[at].arguments), meaning_of(text_at(wanted[at], "arguments")));
    }
}

void expect_usage(const json& expected, const std::optional<usage>& counted) {
    const auto& wanted = expected.at("usage");
    ASSERT_EQ(counted.has_value(), wanted.is_object());
    if (!counted) return;
    EXPECT_EQ(counted->input_tokens, count_at(wanted, "prompt_tokens"));
    EXPECT_EQ(counted->output_tokens, count_at(wanted, "completion_tokens"));
    EXPECT_EQ(counted->total_tokens, count_at(wanted, "total_tokens"));
}

std::string expected_finish(const json& expected, std::string_view wire) {
    if (is_blocked(wire)) return "content_filter";
    const auto word = text_at(expected, "finish_reason");
    if (!word.empty()) return word;
    return expected.at("tool_calls").empty() ? "stop" : "tool_calls";
}

TEST_F(WatsonxRecordings, AreToldAsTheyWereMeant) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto seen = decode({bytes});
        if (is_failure(record, bytes)) {
            EXPECT_NE(seen.ended, outcome::completed);
            EXPECT_TRUE(seen.failure && !seen.failure->message.empty());
            EXPECT_TRUE(seen.finishes.empty());
            continue;
        }
        const auto& expected = record.at("expected");
        EXPECT_EQ(seen.ended, outcome::completed);
        EXPECT_EQ(seen.text, expected_texts(expected, "text", "text_by_choice"));
        EXPECT_EQ(seen.reasoning, expected_texts(expected, "reasoning", "reasoning_by_choice"));
        expect_calls(expected, seen.calls);
        expect_usage(expected, seen.usage);
        EXPECT_EQ(seen.finishes.size(), expected.at("choices").get<std::size_t>());
        for (const auto& [choice, reason] : seen.finishes)
            EXPECT_EQ(to_string(reason), expected_finish(expected, bytes));
        ASSERT_EQ(seen.identities.size(), 1U);
        EXPECT_EQ(std::get<0>(seen.identities[0]), text_at(expected, "response_id"));
    }
}

TEST_F(WatsonxRecordings, AreToldTheSameHoweverTheyAreCut) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto whole = decode({bytes}).key();
        EXPECT_TRUE(decode(bytewise(bytes)).key() == whole);
        for (const unsigned seed : {1U, 2U, 3U})
            EXPECT_TRUE(decode(random_cuts(bytes, seed)).key() == whole);
    }
}

}  // namespace
}  // namespace sluice::upstream::testing
