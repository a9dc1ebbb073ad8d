// Recorded completions of the older kind, through the codec whole, byte by byte and at random cuts.

#include "tests/upstream/recordings.hpp"

namespace sluice::upstream::testing {
namespace {

using nlohmann::json;

provider_settings speaking_completions() {
    auto provider = plain_provider();
    provider.apis = {api::openai_completions};
    return provider;
}

call relayed_call() {
    call asked;
    asked.api = api::openai_completions;
    asked.body = R"({"model":"m","prompt":"a","stream":true})";
    asked.want_usage = true;
    return asked;
}

void expect_usage(const json& expected, const std::optional<usage>& counted) {
    const auto& wanted = expected.at("usage");
    ASSERT_EQ(counted.has_value(), wanted.is_object());
    if (!counted) return;
    EXPECT_EQ(counted->input_tokens, count_at(wanted, "prompt_tokens"));
    EXPECT_EQ(counted->output_tokens, count_at(wanted, "completion_tokens"));
    EXPECT_EQ(counted->total_tokens, count_at(wanted, "total_tokens"));
}

void expect_finish(const json& expected, const told& seen) {
    ASSERT_EQ(seen.finishes.size(), 1U);
    EXPECT_EQ(to_string(seen.finishes[0].second), text_at(expected, "finish_reason"));
    EXPECT_EQ(seen.native_reasons[0], text_at(expected, "finish_reason"));
    EXPECT_EQ(seen.ended, outcome::completed);
}

class CompletionRecordings : public recordings_of {
 protected:
    CompletionRecordings() : recordings_of("openai-completions") {}
};

TEST_F(CompletionRecordings, AreToldAsTheyWereMeant) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto& expected = record.at("expected");
        const auto bytes = wire(record);
        const auto seen = run(translated_call(), plain_provider(), {bytes});
        EXPECT_EQ(seen.text, (std::map<int, std::string>{{0, text_at(expected, "text")}}));
        expect_finish(expected, seen);
        expect_usage(expected, seen.usage);
    }
}

TEST_F(CompletionRecordings, AreRelayedByteForByte) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        const auto seen = run(relayed_call(), speaking_completions(), {bytes});
        EXPECT_EQ(seen.bytes, bytes);
        EXPECT_TRUE(seen.text.empty());
        expect_finish(record.at("expected"), seen);
        expect_usage(record.at("expected"), seen.usage);
    }
}

TEST_F(CompletionRecordings, AreToldTheSameHoweverTheyAreCut) {
    for (const auto& record : records_) {
        SCOPED_TRACE(record.at("file").get<std::string>());
        const auto bytes = wire(record);
        for (const auto& asked : {translated_call(), relayed_call()}) {
            const auto provider =
                asked.api == api::openai_completions ? speaking_completions() : plain_provider();
            const auto whole = run(asked, provider, {bytes}).key();
            EXPECT_TRUE(run(asked, provider, bytewise(bytes)).key() == whole);
            for (const unsigned seed : {1U, 2U, 3U})
                EXPECT_TRUE(run(asked, provider, random_cuts(bytes, seed)).key() == whole);
        }
    }
}

}  // namespace
}  // namespace sluice::upstream::testing
