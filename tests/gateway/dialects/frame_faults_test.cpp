#include "gateway/dialects/frame_faults.hpp"

#include "tests/gateway/dialects/suffering.hpp"
#include "upstream/utf8.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using texts = std::vector<std::string>;

constexpr bool numbered = true;
const texts said{"Hel", "lo", " wor", "ld"};

std::string wire_of(const streamed_form& form, const upstream::wire_fault& fault) {
    return suffering(*form.of, fault).texts(said).close().wire();
}

void expect_texts(const upstream::wire_fault& fault, const texts& expected) {
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        const auto wire = wire_of(form, fault);
        EXPECT_EQ(texts_of(form, wire), expected) << wire;
    }
}

TEST(FrameFaults, LoseAnEventInEveryDialect) {
    expect_texts({fault_kind::lose, 1, 0}, {"lo", " wor", "ld"});
    expect_texts({fault_kind::lose, 2, 0}, {"Hel", " wor", "ld"});
    expect_texts({fault_kind::lose, 4, 0}, {"Hel", "lo", " wor"});
}

TEST(FrameFaults, RepeatAnEventInEveryDialect) {
    expect_texts({fault_kind::repeat, 1, 0}, {"Hel", "Hel", "lo", " wor", "ld"});
    expect_texts({fault_kind::repeat, 4, 0}, {"Hel", "lo", " wor", "ld", "ld"});
}

TEST(FrameFaults, SwapAnEventWithTheNextInEveryDialect) {
    expect_texts({fault_kind::swap, 1, 0}, {"lo", "Hel", " wor", "ld"});
    expect_texts({fault_kind::swap, 3, 0}, {"Hel", "lo", "ld", " wor"});
}

TEST(FrameFaults, TheLastEventHasNoneToBeSwappedWithAndIsNotLost) {
    expect_texts({fault_kind::swap, 4, 0}, said);
}

TEST(FrameFaults, AlterOneCharacterOfAnEventInEveryDialect) {
    expect_texts({fault_kind::alter, 2, 0}, {"Hel", "lp", " wor", "ld"});
}

TEST(FrameFaults, WhatNeverComesToPassLeavesEveryByteAsItIs) {
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        const auto whole = wire_of(form, {});
        EXPECT_EQ(texts_of(form, whole), said);
        for (const auto what :
             {fault_kind::lose,
              fault_kind::repeat,
              fault_kind::swap,
              fault_kind::alter,
              fault_kind::malformed,
              fault_kind::huge,
              fault_kind::cut,
              fault_kind::early_end})
            EXPECT_EQ(wire_of(form, {what, 5, 100}), whole);
    }
}

TEST(FrameFaults, AMalformedEventKeepsItsFrame) {
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        const auto wire = wire_of(form, {fault_kind::malformed, 2, 0});
        if (form.is_array()) {
            EXPECT_FALSE(nlohmann::json::accept(wire));
            EXPECT_THAT(wire, ::testing::EndsWith("]"));
            continue;
        }
        const auto whole = payloads_of(form, wire_of(form, {}));
        const auto broken = payloads_of(form, wire);
        ASSERT_EQ(broken.size(), whole.size()) << wire;
        texts no_json;
        for (std::size_t i = 0; i < whole.size(); ++i)
            if (broken[i] != whole[i]) no_json.push_back(broken[i]);
        ASSERT_EQ(no_json.size(), 1U);
        EXPECT_FALSE(nlohmann::json::accept(no_json.front())) << no_json.front();
        EXPECT_FALSE(no_json.front().empty());
    }
}

TEST(FrameFaults, AMalformedEventIsStillUtf8) {
    for (std::size_t length = 1; length < 8; ++length) {
        std::string text;
        for (std::size_t i = 0; i < length; ++i)
            text += "語";
        const auto wire =
            suffering(native_dialect(), {fault_kind::malformed, 1, 0}).texts({text}).wire();
        EXPECT_TRUE(upstream::is_utf8(wire)) << wire;
    }
}

TEST(FrameFaults, AHugeEventIsLegalAndSoLargeInEveryDialect) {
    constexpr std::size_t size = 70'000;
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        const auto whole = wire_of(form, {});
        const auto wire = wire_of(form, {fault_kind::huge, 2, size});
        EXPECT_EQ(texts_of(form, wire), said);
        EXPECT_GE(wire.size(), whole.size() + size);
        EXPECT_LE(wire.size(), whole.size() + size + 4);
    }
}

TEST(FrameFaults, ACommentIsNoEventOfItsOwnWhereFramesBearIds) {
    const auto frames = suffering(native_dialect(), {fault_kind::huge, 1, 50}, numbered)
                            .texts({"Hel", "lo"})
                            .frames();
    ASSERT_EQ(frames.size(), 3U);
    EXPECT_THAT(frames[1], HasSubstr("/1\n\n: " + std::string(48, '.') + "\n"));
    EXPECT_THAT(frames[2], ::testing::StartsWith("data: "));
}

TEST(FrameFaults, HowLargeAHugeEventGetsHasABound) {
    EXPECT_EQ(
        frame_faults({fault_kind::huge, 1, ~std::uint64_t{0}}).extra_bytes(),
        frame_faults::huge_bytes_max
    );
}

TEST(FrameFaults, AnUnendedStreamLacksWhatEndsIt) {
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        const auto wire = wire_of(form, {fault_kind::unended, 0, 0});
        suffering unclosed(*form.of);
        unclosed.texts(said).item(upstream::finish{0, upstream::finish_reason::stop});
        EXPECT_EQ(wire, unclosed.wire());
        EXPECT_LT(wire.size(), wire_of(form, {}).size());
    }
}

TEST(FrameFaults, AnEarlyEndIsDueBehindItsEvent) {
    suffering stream(openai_chat_dialect(), {fault_kind::early_end, 2, 0});
    EXPECT_FALSE(stream.texts({"Hel"}).out().over());
    EXPECT_FALSE(stream.item(upstream::identity{}).out().over());
    EXPECT_TRUE(stream.texts({"lo"}).out().over());
}

TEST(FrameFaults, IdsStayDense) {
    for (const auto what :
         {fault_kind::lose, fault_kind::repeat, fault_kind::swap, fault_kind::huge}) {
        for (const auto* dialect : {&native_dialect(), &openai_chat_dialect()}) {
            SCOPED_TRACE(static_cast<int>(what));
            const auto wire =
                suffering(*dialect, {what, 2, 9}, numbered).texts(said).close().wire();
            const auto events = events_of(wire);
            ASSERT_GE(events.size(), 5U);
            for (std::size_t i = 0; i < events.size(); ++i)
                EXPECT_EQ(events[i].id, some_names.id + "/" + std::to_string(i));
        }
    }
}

TEST(FrameFaults, AnArrayOfWhichTheOnlyElementsAreLostIsOne) {
    suffering stream(gemini_array_dialect(), {fault_kind::lose, 1, 0});
    EXPECT_TRUE(nlohmann::json::accept(stream.texts({"Hel"}).close().wire())) << stream.wire();
}

TEST(FrameFaults, AnArrayOfNoElementsIsWhole) {
    const upstream::item token = upstream::text_delta{0, "Hel"};
    frame_faults faults({fault_kind::lose, 1, 0});
    EXPECT_TRUE(faults.pass({"[{}"}, &token).empty());
    const auto last = faults.pass({"]"}, nullptr);
    ASSERT_EQ(last.size(), 1U);
    EXPECT_EQ(last.front().bytes, "[]");
}

TEST(FrameFaults, ThoughtsAndToolCallsAreEventsToo) {
    const upstream::reasoning_delta thought{0, "hm"};
    const upstream::tool_call_delta call{0, 0, "call_1", "look_up", "{\"city\":"};
    const auto count = [&](std::uint64_t at) {
        suffering stream(native_dialect(), {fault_kind::early_end, at, 0});
        return stream.item(thought).item(call).out().over();
    };
    EXPECT_TRUE(count(2));
    EXPECT_FALSE(count(3));
}

TEST(FrameFaults, AlterWhateverIsSaidAndKeepItJson) {
    auto words = forgeries();
    for (const auto* more : {"stop", "content", "text", "1", " ", "\n", "\"", "é", "語", "😀", "zZ"})
        words.emplace_back(more);
    for (const auto& form : streamed_forms()) {
        for (const auto& word : words) {
            SCOPED_TRACE(form.name + ": " + word);
            const auto read = [&](const upstream::wire_fault& fault) {
                return texts_of(
                    form,
                    suffering(*form.of, fault).texts({word}).wire() + (form.is_array() ? "]" : "")
                );
            };
            const auto before = read({});
            const auto after = read({fault_kind::alter, 1, 0});
            ASSERT_EQ(before.size(), 1U);
            ASSERT_EQ(after.size(), 1U);
            EXPECT_NE(after, before);
        }
    }
}

TEST(FrameFaults, AlterLeavesAMarkAheadOfTheWordsAlone) {
    const auto& native = streamed_forms().front();
    const auto wire =
        suffering(*native.of, {fault_kind::alter, 1, 0}).texts({"17@123456789 word"}).wire();
    EXPECT_THAT(texts_of(native, wire), ElementsAre("17@123456789 wore"));
}

TEST(FrameFaults, AlterTheArgumentsOfATool) {
    suffering stream(openai_chat_dialect(), {fault_kind::alter, 1, 0});
    stream.item(upstream::tool_call_delta{0, 0, "call_1", "look_up", "{\"city\":\"Pa"});
    const auto chunk = json_of(events_of(stream.wire()).back());
    EXPECT_EQ(
        string_at(chunk, "/choices/0/delta/tool_calls/0/function/arguments"), "{\"city\":\"Pb"
    );
}

}  // namespace
}  // namespace sluice::gateway::testing
