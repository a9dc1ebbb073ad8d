#include "sse/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <random>

namespace sluice::sse {
namespace {

using ::testing::ElementsAre;

std::string all_from(const journal& journal, std::uint64_t offset) {
    std::string out;
    while (offset < journal.end_offset()) {
        const auto pieces = journal.view(offset);
        out.append(pieces[0]).append(pieces[1]);
        offset += pieces[0].size() + pieces[1].size();
    }
    return out;
}

std::string frame_of(const journal& journal, std::uint64_t sequence) {
    std::string out = "not held";
    journal.read(sequence, out);
    return out;
}

TEST(SseJournal, KeepsEachFrameAsOneHttpChunk) {
    journal::pool pool;
    journal journal{pool};
    EXPECT_EQ(journal.append("data: hello\n\n"), 0U);
    EXPECT_EQ(journal.append("data: it is a longer frame\n\n"), 1U);
    EXPECT_EQ(
        all_from(journal, 0), "d\r\ndata: hello\n\n\r\n1c\r\ndata: it is a longer frame\n\n\r\n"
    );
    EXPECT_EQ(journal.next_sequence(), 2U);
    EXPECT_EQ(journal.first_sequence(), 0U);
}

TEST(SseJournal, IsEmptyAtFirst) {
    journal::pool pool;
    const journal journal{pool};
    EXPECT_EQ(journal.next_sequence(), 0U);
    EXPECT_EQ(journal.first_sequence(), 0U);
    EXPECT_EQ(journal.begin_offset(), 0U);
    EXPECT_EQ(journal.end_offset(), 0U);
    EXPECT_EQ(journal.bytes_held(), 0U);
    EXPECT_EQ(journal.offset_of(0), 0U);
    EXPECT_EQ(journal.offset_of(1), std::nullopt);
    EXPECT_THAT(journal.view(0), ElementsAre("", ""));
    EXPECT_EQ(frame_of(journal, 0), "not held");
}

TEST(SseJournal, ReadsAFrameWithoutItsChunkFraming) {
    journal::pool pool;
    journal journal{pool};
    journal.append("first");
    journal.append("\r\nsecond\r\n");
    EXPECT_EQ(frame_of(journal, 0), "first");
    EXPECT_EQ(frame_of(journal, 1), "\r\nsecond\r\n");
    EXPECT_EQ(frame_of(journal, 2), "not held");
}

TEST(SseJournal, ReadsFramesOfEveryLengthOfTheirSize) {
    journal::pool pool;
    journal journal{pool};
    std::vector<std::string> frames;
    for (const std::size_t size : {1, 15, 16, 255, 256, 4095, 4096, 65535, 65536, 1048576}) {
        frames.emplace_back(size, 'a');
        journal.append(frames.back());
    }
    for (std::size_t index = 0; index < frames.size(); ++index) {
        EXPECT_TRUE(frame_of(journal, index) == frames[index]) << frames[index].size();
    }
}

TEST(SseJournal, GivesTwoPiecesWhereAFrameStraddlesSegments) {
    journal::pool pool;
    journal journal{pool};
    journal.append(std::string(4000, 'a'));  // 3 + 2 + 4000 + 2 bytes
    journal.append(std::string(200, 'b'));
    const auto pieces = journal.view(4007);
    EXPECT_EQ(pieces[0], "c8\r\n" + std::string(85, 'b'));
    EXPECT_EQ(pieces[1], std::string(115, 'b') + "\r\n");
    EXPECT_EQ(frame_of(journal, 1), std::string(200, 'b'));
    EXPECT_EQ(journal.bytes_held(), 2 * journal::segment_bytes);
}

TEST(SseJournal, FreesWholeSegmentsAndForgetsTheFramesThatBeginInThem) {
    journal::pool pool;
    journal journal{pool};
    for (int count = 0; count < 10; ++count) {
        journal.append(std::string(1000, static_cast<char>('0' + count)));  // 1007 bytes
    }
    journal.release_before(4095);
    EXPECT_EQ(journal.first_sequence(), 0U);
    journal.release_before(4096);
    EXPECT_EQ(journal.begin_offset(), 4096U);
    EXPECT_EQ(journal.first_sequence(), 5U);  // frame 4 begins at 4028
    EXPECT_EQ(journal.offset_of(4), std::nullopt);
    EXPECT_EQ(journal.offset_of(5), 5035U);
    EXPECT_EQ(frame_of(journal, 4), "not held");
    EXPECT_EQ(frame_of(journal, 5), std::string(1000, '5'));
    EXPECT_EQ(journal.bytes_held(), 2 * journal::segment_bytes);
    EXPECT_EQ(pool.spares(), 1U);
}

TEST(SseJournal, ForgetsAFrameOfWhichOneByteIsGoneAndKeepsOneThatBeginsJustBehind) {
    journal::pool pool;
    for (const std::size_t before : {4095U, 4096U}) {
        SCOPED_TRACE(before);
        journal journal{pool};
        journal.append(std::string(before - 7, 'a'));
        journal.append("kept?");
        journal.append("kept");
        ASSERT_EQ(journal.offset_of(1), before);
        journal.release_before(4096);
        EXPECT_EQ(journal.first_sequence(), before == 4096 ? 1U : 2U);
        EXPECT_EQ(frame_of(journal, 2), "kept");
    }
}

TEST(SseJournal, HoldsNoMemoryOnceAllIsReleased) {
    journal::pool pool;
    journal journal{pool};
    journal.append("one");
    journal.release_before(journal.end_offset());
    EXPECT_EQ(journal.bytes_held(), 0U);
    EXPECT_EQ(journal.begin_offset(), 8U);
    EXPECT_EQ(journal.end_offset(), 8U);
    EXPECT_EQ(journal.first_sequence(), 1U);
    EXPECT_EQ(journal.append("two"), 1U);
    EXPECT_EQ(journal.offset_of(1), 8U);
    EXPECT_EQ(all_from(journal, 8), "3\r\ntwo\r\n");
    EXPECT_EQ(frame_of(journal, 1), "two");
}

TEST(SseJournal, ReleasingWhatIsReleasedChangesNothing) {
    journal::pool pool;
    journal journal{pool};
    journal.append(std::string(10000, 'a'));
    journal.append("b");
    journal.release_before(8192);
    journal.release_before(0);
    journal.release_before(8191);
    EXPECT_EQ(journal.begin_offset(), 8192U);
    EXPECT_EQ(journal.first_sequence(), 1U);
    EXPECT_EQ(frame_of(journal, 1), "b");
}

TEST(SseJournal, GivesItsSegmentsBackToTheNextStream) {
    journal::pool pool;
    {
        journal first{pool};
        first.append(std::string(10000, 'a'));
    }
    EXPECT_EQ(pool.spares(), 3U);
    journal second{pool};
    second.append("b");
    EXPECT_EQ(pool.spares(), 2U);
}

TEST(SseJournal, KeepsNoMoreSparesThanThePoolAllows) {
    journal::pool pool{2};
    { journal{pool}.append(std::string(20000, 'a')); }
    EXPECT_EQ(pool.spares(), 2U);
}

// The same journal with nothing clever about it: all that was ever appended.
class model {
 public:
    void append(const std::string& frame) {
        char head[20];
        std::snprintf(head, sizeof head, "%zx\r\n", frame.size());
        begins_.push_back(wire_.size());
        wire_ += head + frame + "\r\n";
        frames_.push_back(frame);
    }

    // `begin` is where the journal says that it begins.
    void expect_matched_by(const journal& journal, std::uint64_t begin) const {
        ASSERT_EQ(journal.end_offset(), wire_.size());
        ASSERT_EQ(journal.next_sequence(), frames_.size());
        ASSERT_TRUE(all_from(journal, begin) == wire_.substr(begin));
        for (std::size_t sequence = 0; sequence < frames_.size(); ++sequence) {
            const bool held = begins_[sequence] >= begin;
            std::string frame;
            ASSERT_EQ(journal.read(sequence, frame), held) << sequence;
            ASSERT_TRUE(!held || frame == frames_[sequence]) << sequence;
            ASSERT_EQ(
                journal.offset_of(sequence), held ? std::optional(begins_[sequence]) : std::nullopt
            );
            ASSERT_EQ(held, sequence >= journal.first_sequence());
        }
        ASSERT_EQ(journal.offset_of(frames_.size()), wire_.size());
    }

 private:
    std::string wire_;
    std::vector<std::uint64_t> begins_;
    std::vector<std::string> frames_;
};

std::string random_frame(std::mt19937& random) {
    const std::size_t longest = random() % 10 == 0 ? 12000 : 300;
    std::string frame(1 + random() % longest, '\0');
    for (char& c : frame) {
        c = static_cast<char>(random());
    }
    return frame;
}

TEST(SseJournal, BehavesLikeAPlainListOfFrames) {
    journal::pool pool{4};
    for (unsigned seed = 0; seed < 40; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        journal journal{pool};
        model model;
        for (int step = 0; step < 60; ++step) {
            for (std::size_t frames = random() % 4; frames > 0; --frames) {
                const std::string frame = random_frame(random);
                journal.append(frame);
                model.append(frame);
            }
            const std::uint64_t held = journal.end_offset() - journal.begin_offset();
            const std::uint64_t released = random() % 4 == 0
                                               ? journal.end_offset()
                                               : journal.begin_offset() + random() % (held + 1);
            if (random() % 2 == 0) {
                journal.release_before(released);
                ASSERT_LE(journal.begin_offset(), released);
                ASSERT_LT(released - journal.begin_offset(), journal::segment_bytes);
            }
            ASSERT_LT(
                journal.bytes_held(),
                journal.end_offset() - journal.begin_offset() + journal::segment_bytes
            );
            model.expect_matched_by(journal, journal.begin_offset());
            if (HasFatalFailure()) return;
        }
    }
}

}  // namespace
}  // namespace sluice::sse
