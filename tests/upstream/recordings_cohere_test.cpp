// Recorded chats of Cohere (version 2), through the codec whole, byte by byte and at random cuts.

#include "tests/upstream/recordings.hpp"
#include "upstream/providers/cohere.hpp"

#include <set>
#include <utility>

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;

class CohereRecordings : public recordings_of {
 protected:
    CohereRecordings() : recordings_of("cohere-v2") {}
};

told decode(const std::vector<std::string_view>& pieces) {
    return run(make_cohere_codec(), call(), plain_provider(), pieces);
}

std::map<int, std::string> only(const std::string& text) {
    if (text.empty()) return {};
    return {{0, text}};
}

void expect_calls(const json& expected, const std::vector<told_call>& told) {
    const auto& wanted = expected.at("tool_calls");
    ASSERT_EQ(told.size(), wanted.size());
    for (std::size_t at = 0; at < told.size(); ++at) {
        EXPECT_EQ(told[at].index, static_cast<int>(at));
        EXPECT_EQ(told[at].id, text_at(wanted[at], "id"));
        EXPECT_EQ(told[at].name, text_at(wanted[at], "name"));
        EXPECT_EQ(json::parse(told[at].arguments, nullptr, false), wanted[at].at("arguments_json"));
    }
}

void expect_usage(const json& expected, const std::optional<usage>& counted) {
    const auto& wanted = expected.at("usage");
    ASSERT_TRUE(counted);
    const auto& tokens =
        wanted.contains("tokens") ? wanted.at("tokens") : wanted.at("billed_units");
    EXPECT_EQ(counted->input_tokens, count_at(tokens, "input_tokens"));
    EXPECT_EQ(counted->output_tokens, count_at(tokens, "output_tokens"));
    EXPECT_EQ(counted->reasoning_tokens, count_at(tokens, "reasoning_tokens"));
    EXPECT_EQ(counted->cached_tokens, count_at(wanted, "cached_tokens"));
}

std::string expected_finish(const json& expected) {
    static const std::map<std::string, std::string> meanings{
        {"COMPLETE", "stop"},
        {"STOP_SEQUENCE", "stop"},
        {"MAX_TOKENS", "length"},
        {"TOOL_CALL", "tool_calls"}};
    return meanings.at(text_at(expected, "finish_reason"));
}

/// The place of each citation holds the words that were cited; these texts are ASCII there.
void expect_citations(const json& expected, const told& seen) {
    std::set<std::pair<std::int64_t, std::int64_t>> places;
    for (const auto& citation : seen.citations) {
        places.emplace(citation.begin, citation.end);
        EXPECT_FALSE(citation.title.empty());
        EXPECT_FALSE(citation.cited_text.empty());
        EXPECT_LE(citation.end, static_cast<std::int64_t>(seen.text.at(0).size()));
    }
    EXPECT_EQ(places.size(), expected.at("citations").get<std::size_t>());
}

TEST_F(CohereRecordings, AreToldAsTheyWereMeant) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto& expected = record.at("expected");
        const auto seen = decode({wire(record)});
        EXPECT_EQ(seen.ended, outcome::completed);
        EXPECT_EQ(seen.text, only(text_at(expected, "text")));
        EXPECT_EQ(seen.reasoning, only(text_at(expected, "reasoning")));
        expect_calls(expected, seen.calls);
        expect_usage(expected, seen.usage);
        expect_citations(expected, seen);
        ASSERT_EQ(seen.finishes.size(), 1U);
        EXPECT_EQ(to_string(seen.finishes[0].second), expected_finish(expected));
        EXPECT_EQ(seen.native_reasons[0], text_at(expected, "finish_reason"));
        ASSERT_EQ(seen.identities.size(), 1U);
        EXPECT_EQ(std::get<0>(seen.identities[0]), text_at(expected, "response_id"));
    }
}

TEST_F(CohereRecordings, AreToldTheSameHoweverTheyAreCut) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto whole = decode({bytes});
        EXPECT_TRUE(decode(bytewise(bytes)).key() == whole.key());
        for (const unsigned seed : {1U, 2U, 3U}) {
            const auto seen = decode(random_cuts(bytes, seed));
            EXPECT_TRUE(seen.key() == whole.key());
            EXPECT_EQ(seen.citations, whole.citations);
        }
    }
}

TEST_F(CohereRecordings, OfErrorsAreToldInTheProvidersWords) {
    const auto index = json::parse(read_file(folder_ / "INDEX.json"));
    int count = 0;
    for (const auto& record : index.at("http_errors")) {
        if (record.at("provider") != "cohere") continue;
        SCOPED_TRACE(record.at("file").get<std::string>());
        ++count;
        const auto body = read_file(folder_ / record.at("file").get<std::string>());
        const auto status = record.at("http_status").get<int>();
        auto codec = make_cohere_codec();
        (void)codec->encode(call(), plain_provider(), "model");
        const auto told = codec->refuse(status, {}, body);
        EXPECT_EQ(told.status, status);
        EXPECT_EQ(told.message, record.at("error").at("message").get<std::string>());
        EXPECT_FALSE(told.retryable);
    }
    EXPECT_EQ(count, 3);
}

}  // namespace
}  // namespace sluice::upstream::testing
