// A provider's frames, numbered, are the same events with our ids, whatever else they hold, and
// whatever is remarked ahead of them.

#include "gateway/dialects/frame_writer.hpp"

#include "tests/fuzz/check.hpp"
#include "tests/sse/parsing.hpp"

#include <string>
#include <vector>

namespace {

using sluice::sse::testing::block;

std::vector<block> events_of(const std::string& wire) {
    std::vector<block> events;
    for (auto& one : sluice::sse::testing::parse({wire}, wire.size() + 1).blocks) {
        if (one.dispatched) events.push_back(std::move(one));
    }
    return events;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice;
    const std::string wire(reinterpret_cast<const char*>(data), size);
    sse::journal::pool pool;
    sse::journal journal{pool};
    gateway::frame_writer out{journal, "0-stream"};
    sse::parser parser{size + 1};
    parser.feed(wire);
    while (const auto frame = parser.next()) {
        if (journal.next_sequence() % 2 == 1) out.remark(frame->raw);
        out.append(frame->raw);
    }

    std::string numbered;
    std::string frame;
    for (std::uint64_t i = 0; i < journal.next_sequence(); ++i) {
        FUZZ_CHECK(journal.read(i, frame));
        FUZZ_CHECK(frame.ends_with("id: 0-stream/" + std::to_string(i) + "\n\n"));
        numbered += frame;
    }
    const auto sent = events_of(wire);
    const auto seen = events_of(numbered);
    FUZZ_CHECK(seen.size() == sent.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
        FUZZ_CHECK(seen[i].type == sent[i].type && seen[i].data == sent[i].data);
        FUZZ_CHECK(seen[i].last_event_id.starts_with("0-stream/"));
    }
    return 0;
}
