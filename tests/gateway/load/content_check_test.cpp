#include "gateway/load/content_check.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace sluice::gateway::load::testing {

namespace {

using pieces = std::vector<std::string>;

std::shared_ptr<const expected_answer> answer_of(const pieces& tokens) {
    expected_answer made;
    for (const std::string& token : tokens) {
        made.text += token;
        made.ends.push_back(static_cast<std::uint32_t>(made.text.size()));
    }
    made.output_tokens = static_cast<std::int64_t>(tokens.size());
    return std::make_shared<const expected_answer>(std::move(made));
}

const pieces words{"The", " river", " waits", ",", " and", " the", " river", " turns", "."};

std::string stamped(std::size_t number, const std::string& token) {
    return std::to_string(number) + "@" + std::to_string(1000 + number) + " " + token;
}

pieces stamped_words() {
    pieces out;
    for (std::size_t i = 0; i < words.size(); ++i)
        out.push_back(stamped(i, words[i]));
    return out;
}

integrity result_of(const pieces& came, bool with_stamps, bool ended = true) {
    content_check check(answer_of(words), with_stamps);
    std::vector<std::int64_t> sent;
    for (const std::string& piece : came)
        check.text(piece, sent);
    check.finish(upstream::finish_reason::stop);
    upstream::usage used;
    used.output_tokens = static_cast<std::int64_t>(words.size());
    check.usage(used);
    return check.result(ended);
}

integrity nothing_wrong(std::uint64_t tokens) {
    integrity sound;
    sound.checked = tokens;
    return sound;
}

/// Loses, doubles, swaps or alters one token of a stream, whichever it is.
class LoadContent : public ::testing::TestWithParam<bool> {
 protected:
    pieces all() const { return GetParam() ? stamped_words() : words; }
};

TEST_P(LoadContent, ThatIsWholeIsSound) {
    EXPECT_EQ(result_of(all(), GetParam()), nothing_wrong(words.size()));
}

TEST_P(LoadContent, IsTheSameHoweverItWasJoined) {
    std::string joined;
    for (const std::string& piece : all())
        joined += piece;
    for (std::size_t cut = 0; cut <= joined.size(); ++cut) {
        SCOPED_TRACE(cut);
        const pieces two{joined.substr(0, cut), joined.substr(cut)};
        EXPECT_EQ(result_of(two, GetParam()), nothing_wrong(words.size()));
    }
}

TEST_P(LoadContent, TellsWhichTokenWasLost) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        SCOPED_TRACE(i);
        pieces came = all();
        came.erase(came.begin() + static_cast<std::ptrdiff_t>(i));
        const integrity found = result_of(came, GetParam());
        EXPECT_EQ(found.lost, 1U);
        EXPECT_EQ(found.broken(), 1U);
    }
}

TEST_P(LoadContent, TellsATokenThatCameTwice) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        SCOPED_TRACE(i);
        pieces came = all();
        came.insert(came.begin() + static_cast<std::ptrdiff_t>(i), came[i]);
        const integrity found = result_of(came, GetParam());
        EXPECT_EQ(found.doubled, 1U);
        EXPECT_EQ(found.broken(), 1U);
    }
}

TEST_P(LoadContent, TellsTokensThatChangedPlaces) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        SCOPED_TRACE(i);
        pieces came = all();
        std::swap(came[i], came[i + 1]);
        const integrity found = result_of(came, GetParam());
        EXPECT_EQ(found.disordered, 1U);
        EXPECT_EQ(found.broken(), 1U);
    }
}

TEST_P(LoadContent, TellsATokenWithAnotherLetter) {
    for (std::size_t i = 0; i < words.size(); ++i) {
        SCOPED_TRACE(i);
        pieces came = all();
        came[i].back() = '~';
        const integrity found = result_of(came, GetParam());
        EXPECT_EQ(found.altered, 1U);
        EXPECT_EQ(found.broken(), 1U);
    }
}

TEST_P(LoadContent, TakesNothingForLostThatCouldStillCome) {
    pieces came = all();
    came.resize(4);
    EXPECT_EQ(result_of(came, GetParam(), false).broken(), 0U);
    EXPECT_EQ(result_of(came, GetParam(), true).lost, words.size() - 4);
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutStamps, LoadContent, ::testing::Bool());

TEST(LoadContentOf, StampsTellsWhenEachTokenWasSent) {
    content_check check(answer_of(words), true);
    std::vector<std::int64_t> sent;
    check.text(stamped(0, words[0]) + stamped(1, words[1]), sent);
    EXPECT_EQ(sent, (std::vector<std::int64_t>{1000, 1001}));
}

TEST(LoadContentOf, AStreamThatGoesOnBehindItsEndIsForeign) {
    pieces came = words;
    came.emplace_back(" more");
    EXPECT_EQ(result_of(came, false).foreign, 1U);
}

TEST(LoadContentOf, UsageAndFinishHaveToBeTheMocks) {
    const auto judged = [](std::int64_t tokens, upstream::finish_reason reason) {
        content_check check(answer_of({"Hi"}), false);
        std::vector<std::int64_t> sent;
        check.text("Hi", sent);
        check.finish(reason);
        upstream::usage used;
        used.output_tokens = tokens;
        check.usage(used);
        return check.result(true).miscounted;
    };
    EXPECT_EQ(judged(1, upstream::finish_reason::stop), 0U);
    EXPECT_EQ(judged(2, upstream::finish_reason::stop), 1U);
    EXPECT_EQ(judged(1, upstream::finish_reason::length), 1U);
}

TEST(LoadContentOf, AStreamHasToTellItsUsageAndItsFinish) {
    content_check check(answer_of({"Hi"}), false);
    std::vector<std::int64_t> sent;
    check.text("Hi", sent);
    EXPECT_EQ(check.result(true).miscounted, 1U);
    EXPECT_EQ(check.result(false).miscounted, 0U);
}

TEST(LoadContentOf, AStampWithoutItsTokenIsAnAlteredToken) {
    pieces came = stamped_words();
    came[3] = stamped(3, "");
    const integrity found = result_of(came, true);
    EXPECT_EQ(found.altered, 1U);
    EXPECT_EQ(found.broken(), 1U);
}

TEST(LoadContentOf, ThoughtsAndArgumentsAreComparedByteForByte) {
    expected_answer wanted;
    wanted.reasoning = "Let me think";
    wanted.arguments = {R"({"a":1})"};
    const auto shared = std::make_shared<const expected_answer>(wanted);
    content_check good(shared, false);
    good.reasoning("Let me");
    good.reasoning(" think");
    good.arguments(0, R"({"a")");
    good.arguments(0, ":1}");
    good.finish(upstream::finish_reason::stop);
    upstream::usage none;
    none.output_tokens = 0;
    good.usage(none);
    EXPECT_EQ(good.result(true).broken(), 0U);
    content_check bad(shared, false);
    bad.reasoning("Let ma");
    bad.arguments(0, R"({"a":1)");
    bad.arguments(1, "{}");
    bad.finish(upstream::finish_reason::stop);
    bad.usage(none);
    const integrity found = bad.result(true);
    EXPECT_EQ(found.altered, 1U);
    EXPECT_EQ(found.foreign, 1U);
    EXPECT_EQ(found.lost, 2U);
}

TEST(LoadContentOf, APacedProviderHasStampsAndAnyWords) {
    content_check check(std::uint64_t{3});
    std::vector<std::int64_t> sent;
    check.text("0@10 word 1@11 wo", sent);
    check.text("rd 2@12 word ", sent);
    EXPECT_EQ(sent, (std::vector<std::int64_t>{10, 11, 12}));
    EXPECT_TRUE(check.has_last());
    EXPECT_EQ(check.result(true), nothing_wrong(3));
}

}  // namespace

}  // namespace sluice::gateway::load::testing
