#include "gateway/dialects/frame_writer.hpp"

#include "tests/gateway/dialects/encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::gateway::testing {
namespace {

using ::testing::ElementsAre;

constexpr bool resumable = true;

std::vector<std::string> written(const std::vector<std::string>& frames, const std::string& id) {
    sse::journal::pool pool;
    sse::journal journal{pool};
    frame_writer out{journal, id};
    for (const auto& frame : frames)
        out.append(frame);
    std::vector<std::string> all(journal.next_sequence());
    for (std::size_t i = 0; i < all.size(); ++i)
        journal.read(i, all[i]);
    return all;
}

TEST(FrameWriter, LeavesFramesAloneWhereNobodyComesBack) {
    EXPECT_THAT(
        written({"data: a\n\n", "id: 1\ndata: b\n\n"}, ""),
        ElementsAre("data: a\n\n", "id: 1\ndata: b\n\n")
    );
}

TEST(FrameWriter, NumbersFramesAndTellsHowSoonToComeBack) {
    EXPECT_THAT(
        written({"data: a\n\n", "data: b\r\n\r\n", "data: c\r\r"}, "0-x"),
        ElementsAre(
            "retry: 1000\ndata: a\nid: 0-x/0\n\n",
            "data: b\r\nid: 0-x/1\n\n",
            "data: c\rid: 0-x/2\n\n"
        )
    );
}

TEST(FrameWriter, AProvidersOwnIdTakesNoPlaceOfOurs) {
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        for (const std::string line : {"id: 7", "id:7", "id"}) {
            const auto first = line + end + "data: idle" + end + end;
            const auto last = "event: id" + end + "data: x" + end + line + end + end;
            const auto frames = written({first, last}, "0-x");
            std::string wire = frames[0] + frames[1];
            const auto events = events_of(wire);
            ASSERT_EQ(events.size(), 2U) << wire;
            EXPECT_EQ(events[0].id, "0-x/0");
            EXPECT_EQ(events[0].data, "idle");
            EXPECT_EQ(events[1].id, "0-x/1");
            EXPECT_EQ(events[1].type, "id");
        }
    }
}

TEST(FrameWriter, LeavesOutWhatIsNoEventSoThatNobodySeesAnEmptyOne) {
    EXPECT_THAT(
        written({": PROCESSING\n\n", "data: a\n\n", "event: ping\n\n", "data\n\n"}, "0-x"),
        ElementsAre("retry: 1000\ndata: a\nid: 0-x/0\n\n", "data\nid: 0-x/1\n\n")
    );
    EXPECT_THAT(written({": PROCESSING\n\n"}, ""), ElementsAre(": PROCESSING\n\n"));
}

TEST(FrameWriter, AProvidersOwnRetryTakesNoPlaceOfOurs) {
    EXPECT_THAT(
        written({"retry: 60000\ndata: a\n\n", "data: retry\nretry\n\n"}, "0-x"),
        ElementsAre("retry: 1000\ndata: a\nid: 0-x/0\n\n", "data: retry\nid: 0-x/1\n\n")
    );
}

/// The frames, with a remark ahead of the one at that index.
std::vector<std::string> remarked(
    const std::vector<std::string>& frames,
    std::size_t at,
    const std::string& id,
    const std::string& text = "goes on",
    const upstream::wire_fault& fault = {}
) {
    sse::journal::pool pool;
    sse::journal journal{pool};
    frame_writer out{journal, id};
    out.suffer(fault);
    for (std::size_t i = 0; i < frames.size(); ++i) {
        if (i == at) out.remark(text);
        out.append(frames[i]);
        const upstream::item item = upstream::text_delta{0, frames[i]};
        out.flush(&item);
    }
    std::vector<std::string> all(journal.next_sequence());
    for (std::size_t i = 0; i < all.size(); ++i)
        journal.read(i, all[i]);
    return all;
}

TEST(FrameWriter, BeginsTheNextFrameWithARemarkAndNoOther) {
    EXPECT_THAT(
        remarked({"data: a\n\n", "event: e\ndata: b\n\n", "data: c\n\n"}, 1, ""),
        ElementsAre("data: a\n\n", ": goes on\nevent: e\ndata: b\n\n", "data: c\n\n")
    );
}

TEST(FrameWriter, PutsARemarkBetweenRetryAndIdOfANumberedFrame) {
    EXPECT_THAT(
        remarked({"data: a\n\n", "data: b\n\n"}, 0, "0-x"),
        ElementsAre("retry: 1000\n: goes on\ndata: a\nid: 0-x/0\n\n", "data: b\nid: 0-x/1\n\n")
    );
    EXPECT_THAT(
        remarked({"data: a\n\n", "data: b\r\n\r\n"}, 1, "0-x"),
        ElementsAre("retry: 1000\ndata: a\nid: 0-x/0\n\n", ": goes on\ndata: b\r\nid: 0-x/1\n\n")
    );
}

TEST(FrameWriter, KeepsARemarkForTheNextFrameThatIsWritten) {
    EXPECT_THAT(
        remarked({": PROCESSING\n\n", "data: a\n\n"}, 0, "0-x"),
        ElementsAre("retry: 1000\n: goes on\ndata: a\nid: 0-x/0\n\n")
    );
}

TEST(FrameWriter, SetsARemarkApartWhereLinesEndAsGooglesClientsReadThem) {
    EXPECT_THAT(
        remarked({"data: {}\r\n\r\n"}, 0, ""), ElementsAre(": goes on\r\n\r\ndata: {}\r\n\r\n")
    );
}

TEST(FrameWriter, MakesNoRemarkAmongLinesOrElementsOfJson) {
    EXPECT_THAT(remarked({"{}\n", "{}\n"}, 0, ""), ElementsAre("{}\n", "{}\n"));
    EXPECT_THAT(remarked({"[{}", ",\r\n{}", "]"}, 1, ""), ElementsAre("[{}", ",\r\n{}", "]"));
}

TEST(FrameWriter, MakesOnePlainLineOfAnyRemark) {
    EXPECT_THAT(
        remarked({"data: a\n\n"}, 0, "", "x\r\n\ndata: forged\n\n\xe2\x80\xa8\x7f~"),
        ElementsAre(": x???data: forged?????"
                    "?~\ndata: a\n\n")
    );
}

TEST(FrameWriter, LeavesAByteOrderMarkAheadOfARemark) {
    EXPECT_THAT(
        remarked(
            {"\xef\xbb\xbf"
             "data: a\n\n"},
            0,
            ""
        ),
        ElementsAre("\xef\xbb\xbf: goes on\ndata: a\n\n")
    );
    EXPECT_THAT(
        remarked(
            {"\xef\xbb\xbf"
             "data: a\n\n"},
            0,
            "0-x"
        ),
        ElementsAre("retry: 1000\n: goes on\ndata: a\nid: 0-x/0\n\n")
    );
}

TEST(FrameWriter, RemarksUponWhatIsLeftOfAStreamThatSuffers) {
    upstream::wire_fault lost;
    lost.what = upstream::wire_fault::kind::lose;
    lost.at = 2;
    EXPECT_THAT(
        remarked({"data: a\n\n", "data: b\n\n", "data: c\n\n"}, 1, "", "goes on", lost),
        ElementsAre("data: a\n\n", ": goes on\ndata: c\n\n")
    );
    EXPECT_THAT(
        remarked({"data: a\n\n", "data: b\n\n", "data: c\n\n"}, 1, "0-x", "goes on", lost),
        ElementsAre("retry: 1000\ndata: a\nid: 0-x/0\n\n", ": goes on\ndata: c\nid: 0-x/1\n\n")
    );
}

TEST(FrameWriter, NumbersEveryFrameOfAResumableChatStream) {
    for (const bool relayed : {false, true}) {
        encoding stream{openai_chat_dialect(), relayed, false, resumable};
        stream.open();
        if (relayed) {
            stream.item(upstream::verbatim{"data: {\"choices\":[]}\n\n", true});
            stream.item(upstream::verbatim{"data: [DONE]\n\n", false});
        } else {
            stream.text("Hel").text("lo");
        }
        stream.close(closed(upstream::outcome::completed));
        const auto events = events_of(stream.wire());
        ASSERT_GE(events.size(), 2U);
        EXPECT_EQ(events.back().data, "[DONE]");
        for (std::size_t i = 0; i < events.size(); ++i)
            EXPECT_EQ(events[i].id, some_names.id + "/" + std::to_string(i));
    }
}

}  // namespace
}  // namespace sluice::gateway::testing
