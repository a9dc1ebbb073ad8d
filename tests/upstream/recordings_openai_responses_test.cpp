// Recorded responses, through the codec whole, byte by byte and at random cuts.

#include "tests/upstream/recordings.hpp"
#include "tests/upstream/responses_run.hpp"

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;

bool is_failure(const json& record) {
    return record.at("expected").at("status") == "failed";
}

finish_reason expected_finish(const json& expected) {
    const auto word = text_at(expected, "finish_reason");
    if (word == "max_output_tokens") return finish_reason::length;
    if (word == "content_filter") return finish_reason::content_filter;
    return expected.at("tool_calls").empty() ? finish_reason::stop : finish_reason::tool_calls;
}

json arguments_of(const std::string& text) {
    auto parsed = json::parse(text, nullptr, false);
    return parsed.is_discarded() ? json(text) : parsed;
}

/// The calls in the order of the output.
void expect_calls(const json& expected, const std::vector<told_call>& calls) {
    const auto& wanted = expected.at("tool_calls");
    ASSERT_EQ(calls.size(), wanted.size());
    for (const auto& call : wanted) {
        const auto seen = std::ranges::find(calls, text_at(call, "id"), &told_call::id);
        ASSERT_NE(seen, calls.end());
        EXPECT_EQ(seen->name, text_at(call, "name"));
        EXPECT_EQ(arguments_of(seen->arguments), arguments_of(text_at(call, "arguments")));
        EXPECT_GE(seen->index, 0);
        EXPECT_LT(seen->index, static_cast<int>(calls.size()));
    }
}

std::optional<std::int64_t> detail_at(const json& usage, const char* details, const char* name) {
    const auto found = usage.find(details);
    return found == usage.end() || !found->is_object() ? std::nullopt : count_at(*found, name);
}

void expect_usage(const json& expected, const std::optional<usage>& counted) {
    const auto& wanted = expected.at("usage");
    ASSERT_EQ(counted.has_value(), wanted.is_object());
    if (!counted) return;
    EXPECT_EQ(counted->input_tokens, count_at(wanted, "input_tokens"));
    EXPECT_EQ(counted->output_tokens, count_at(wanted, "output_tokens"));
    EXPECT_EQ(counted->total_tokens, count_at(wanted, "total_tokens"));
    EXPECT_EQ(counted->cached_tokens, detail_at(wanted, "input_tokens_details", "cached_tokens"));
    EXPECT_EQ(
        counted->reasoning_tokens, detail_at(wanted, "output_tokens_details", "reasoning_tokens")
    );
}

void expect_finish(const json& expected, const told& seen) {
    ASSERT_EQ(seen.finishes.size(), 1U);
    EXPECT_EQ(seen.finishes[0], std::pair(0, expected_finish(expected)));
    EXPECT_EQ(seen.native_reasons[0], text_at(expected, "finish_reason"));
}

void expect_translation(const json& record, told seen) {
    const auto& expected = record.at("expected");
    EXPECT_EQ(seen.text[0], text_at(expected, "text"));
    EXPECT_EQ(seen.reasoning[0], text_at(expected, "reasoning"));
    EXPECT_EQ(seen.refusal[0], text_at(expected, "refusal"));
    EXPECT_EQ(seen.citations.size(), expected.at("citations").get<std::size_t>());
    expect_calls(expected, seen.calls);
    if (is_failure(record)) {
        EXPECT_EQ(seen.ended, outcome::upstream_error);
        EXPECT_EQ(seen.failure->code, text_at(expected.at("error"), "code"));
        EXPECT_EQ(seen.failure->message, text_at(expected.at("error"), "message"));
        return;
    }
    EXPECT_EQ(seen.ended, outcome::completed);
    expect_usage(expected, seen.usage);
    expect_finish(expected, seen);
    ASSERT_EQ(seen.identities.size(), 1U);
    EXPECT_EQ(std::get<0>(seen.identities[0]), text_at(expected, "response_id"));
    EXPECT_EQ(std::get<1>(seen.identities[0]), text_at(expected, "model"));
}

bool ends_stream(std::string_view block) {
    const auto brace = block.find('{');
    if (brace == std::string_view::npos) return false;
    const auto line = block.substr(brace, block.find('\n', brace) - brace);
    const auto type = text_at(json::parse(line), "type");
    return type == "response.completed" || type == "response.incomplete";
}

/// The blocks of a recording up to its end.
std::string relayed(std::string_view wire) {
    std::string out;
    while (!wire.empty()) {
        const auto end = wire.find("\n\n");
        if (end == std::string_view::npos) break;
        const auto block = wire.substr(0, end + 2);
        wire.remove_prefix(block.size());
        out += block;
        if (ends_stream(block)) break;
    }
    return out;
}

/// Two recordings hold the streams of several turns, one behind the other.
std::vector<std::string> turns_of(std::string_view wire) {
    constexpr std::string_view first = "\n\nevent: response.created\n";
    std::vector<std::string> turns;
    while (!wire.empty()) {
        const auto border = wire.find(first);
        const auto next = border == std::string_view::npos ? wire.size() : border + 2;
        turns.emplace_back(wire.substr(0, next));
        wire.remove_prefix(next);
    }
    return turns;
}

class ResponsesRecordings : public recordings_of {
 protected:
    ResponsesRecordings() : recordings_of("openai-responses") {}

    /// Those of one response, or of several.
    std::vector<json> records(bool of_one) const {
        std::vector<json> found;
        for (const auto& record : records_) {
            if ((turns_of(wire(record)).size() == 1) == of_one) found.push_back(record);
        }
        return found;
    }
};

TEST_F(ResponsesRecordings, AreToldAsTheyWereMeant) {
    for (const auto& record : records(true)) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        expect_translation(record, run_responses(translated_call(), {bytes}));
    }
}

TEST_F(ResponsesRecordings, OfSeveralTurnsAreToldTurnByTurn) {
    for (const auto& record : records(false)) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        told all;
        for (const auto& turn : turns_of(wire(record))) {
            auto seen = run_responses(translated_call(), {turn});
            EXPECT_EQ(seen.ended, outcome::completed);
            const auto finish =
                seen.calls.empty() ? finish_reason::stop : finish_reason::tool_calls;
            EXPECT_EQ(seen.finishes.at(0).second, finish);
            all.text[0] += seen.text[0];
            all.reasoning[0] += seen.reasoning[0];
            all.calls.insert(all.calls.end(), seen.calls.begin(), seen.calls.end());
            all.usage = seen.usage;
            all.states.insert(all.states.end(), seen.states.begin(), seen.states.end());
        }
        // The thoughts ahead of the first call come encrypted as well.
        EXPECT_FALSE(all.states.empty());
        const auto& expected = record.at("expected");
        EXPECT_EQ(all.text[0], text_at(expected, "text"));
        EXPECT_EQ(all.reasoning[0], text_at(expected, "reasoning"));
        expect_usage(expected, all.usage);
        for (const auto& call : expected.at("tool_calls")) {
            EXPECT_NE(
                std::ranges::find(all.calls, text_at(call, "id"), &told_call::id), all.calls.end()
            );
        }
    }
}

TEST_F(ResponsesRecordings, AreToldTheSameHoweverTheyAreCut) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        for (const auto& asked : {translated_call(), responses_relay_call()}) {
            const auto whole = run_responses(asked, {bytes});
            const auto single = run_responses(asked, bytewise(bytes));
            EXPECT_TRUE(single.key() == whole.key());
            EXPECT_TRUE(single.states == whole.states);
            EXPECT_TRUE(single.citations == whole.citations);
            for (const unsigned seed : {1U, 2U, 3U}) {
                const auto cut = run_responses(asked, random_cuts(bytes, seed));
                EXPECT_TRUE(cut.key() == whole.key());
            }
        }
    }
}

TEST_F(ResponsesRecordings, AreRelayedByteForByte) {
    for (const auto& record : records(true)) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto seen = run_responses(responses_relay_call(), {bytes});
        EXPECT_TRUE(seen.text.empty());
        if (is_failure(record)) {
            EXPECT_EQ(seen.ended, outcome::upstream_error);
            EXPECT_TRUE(bytes.starts_with(seen.bytes));
            EXPECT_EQ(seen.bytes.find("response.failed"), std::string::npos);
            continue;
        }
        EXPECT_EQ(seen.ended, outcome::completed);
        EXPECT_TRUE(seen.bytes == relayed(bytes));
        expect_usage(record.at("expected"), seen.usage);
        expect_finish(record.at("expected"), seen);
    }
}

}  // namespace
}  // namespace sluice::upstream::testing
