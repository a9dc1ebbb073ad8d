#include "gateway/dialects/frame_cut.hpp"

#include "tests/gateway/dialects/suffering.hpp"
#include "upstream/utf8.hpp"

#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

const std::vector<std::string> said{"Hel", "lo", " wörld", "!"};

/// What the client gets of a stream that is cut.
struct cut_stream {
    cut_stream(const dialect& dialect, const upstream::wire_fault& fault, bool numbered = false) {
        suffering stream(dialect, fault, numbered);
        stream.texts(said).close();
        whole = stream.wire();
        cut = stream.out().cut();
        if (!cut) return;
        const auto frames = stream.frames();
        for (std::size_t i = 0; i < cut->sequence; ++i)
            got += frames.at(i);
        if (cut->bytes > 0) got += frames.at(cut->sequence).substr(0, cut->bytes);
    }

    std::string whole;
    std::string got;
    std::optional<frame_cut> cut;
};

TEST(FrameCut, BehindAnEventLeavesThatEventWholeInEveryDialect) {
    for (const auto& form : streamed_forms()) {
        SCOPED_TRACE(form.name);
        const cut_stream stream(*form.of, {fault_kind::cut, 2, 0});
        ASSERT_TRUE(stream.cut);
        EXPECT_EQ(stream.cut->bytes, 0U);
        const auto wire = stream.got + (form.is_array() ? "]" : "");
        EXPECT_EQ(texts_of(form, wire), (std::vector<std::string>{"Hel", "lo"})) << wire;
    }
}

TEST(FrameCut, BehindNoEventComesBehindWhatOpensTheStream) {
    const cut_stream native(native_dialect(), {fault_kind::cut, 0, 0});
    EXPECT_EQ(native.cut, (frame_cut{1, 0}));
    EXPECT_EQ(events_of(native.got).at(0).type, "start");
    EXPECT_EQ(cut_stream(openai_chat_dialect(), {fault_kind::cut, 0, 0}).cut, (frame_cut{1, 0}));
}

TEST(FrameCut, BehindAByteCountsWhatTheClientGets) {
    for (const bool numbered : {false, true}) {
        const auto size = cut_stream(native_dialect(), {}, numbered).whole.size();
        for (std::uint64_t at = 0; at <= size; ++at) {
            SCOPED_TRACE(at);
            const cut_stream stream(native_dialect(), {fault_kind::cut_bytes, at, 0}, numbered);
            ASSERT_TRUE(stream.cut);
            ASSERT_EQ(stream.got, stream.whole.substr(0, at));
        }
        EXPECT_FALSE(
            cut_stream(native_dialect(), {fault_kind::cut_bytes, size + 1, 0}, numbered).cut
        );
    }
}

TEST(FrameCut, BehindAFramesLastByteIsBehindTheFrame) {
    cut_finder finder({fault_kind::cut_bytes, 10, 0});
    finder.see(0, "data: a\n\n", 0);
    EXPECT_FALSE(finder.found());
    finder.see(1, "b", 0);
    EXPECT_EQ(finder.found(), (frame_cut{2, 0}));
}

TEST(FrameCut, CountsBytesThatWentOutBeforeItWasKnown) {
    sse::journal::pool pool;
    sse::journal journal{pool};
    frame_writer out{journal};
    out.append("data: one\n\n");
    out.suffer({fault_kind::cut_bytes, 15, 0});
    out.append("data: two\n\n");
    out.flush();
    EXPECT_EQ(out.cut(), (frame_cut{1, 4}));
}

TEST(FrameCut, WithinACharacterInEveryDialect) {
    for (const auto& form : streamed_forms()) {
        for (const std::uint64_t at : {1U, 3U}) {
            SCOPED_TRACE(form.name);
            const cut_stream stream(*form.of, {fault_kind::cut_character, at, 0});
            ASSERT_TRUE(stream.cut);
            EXPECT_TRUE(stream.got.ends_with(" w\xc3")) << stream.got;
            EXPECT_FALSE(upstream::is_utf8(stream.got));
        }
    }
}

TEST(FrameCut, WithinACharacterIsNoneBehindTheLastThatHasSeveralBytes) {
    EXPECT_FALSE(cut_stream(openai_chat_dialect(), {fault_kind::cut_character, 4, 0}).cut);
}

}  // namespace
}  // namespace sluice::gateway::testing
