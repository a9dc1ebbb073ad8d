// The token path touches the heap only until it is warm.

#include "sse/journal.hpp"
#include "sse/parser.hpp"
#include "sse/writer.hpp"
#include "tests/sse/counting_new.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace sluice::sse {
namespace {

using testing::allocation_count;

std::size_t allocations_when_warm(const std::function<void()>& turn) {
    for (int count = 0; count < 1000; ++count) {
        turn();
    }
    const std::size_t before = allocation_count();
    for (int count = 0; count < 10000; ++count) {
        turn();
    }
    return allocation_count() - before;
}

TEST(SseAllocations, NoneToParseATokenHoweverItsBytesAreCut) {
    parser parser;
    std::size_t events = 0;
    const std::string_view wire =
        "id: a rather long id, beyond what a string holds in itself\nevent: delta\r\n"
        "data: {\"text\": \"some text that is long enough to count\"}\ndata: and more\r\n\r\n";
    std::size_t at = 0;
    const auto turn = [&] {
        const std::string_view piece = wire.substr(at, 7);
        at = at + 7 < wire.size() ? at + 7 : 0;
        parser.feed(piece);
        while (parser.next())
            ++events;
    };
    EXPECT_EQ(allocations_when_warm(turn), 0U);
    EXPECT_GE(events, 500U);
}

TEST(SseAllocations, NoneToWriteAnEventAndPassItThroughTheJournal) {
    journal::pool pool;
    journal journal{pool};
    std::string out;
    const auto turn = [&] {
        out.clear();
        append_event(out, {.id = "12345", .type = "delta", .data = "some\nmore or less long text"});
        journal.append(out);
        journal.release_before(journal.end_offset());
    };
    EXPECT_EQ(allocations_when_warm(turn), 0U);
}

TEST(SseAllocations, NoneForAReaderThatLagsBehind) {
    journal::pool pool;
    journal journal{pool};
    const std::string frame(100, 'x');
    const auto turn = [&] {
        journal.append(frame);
        if (journal.end_offset() > 20000) journal.release_before(journal.end_offset() - 20000);
    };
    EXPECT_EQ(allocations_when_warm(turn), 0U);
}

}  // namespace
}  // namespace sluice::sse
