// The reader of recordings: of any bytes it makes the same, however they are cut; what it takes can
// be written again and read back to the byte.

#include "upstream/mock/recording.hpp"

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/cut.hpp"
#include "upstream/mock/recordings.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace sluice::upstream;

struct result {
    std::optional<recording> made;
    std::string error;
};

result read(const std::vector<std::string_view>& pieces) {
    recording_reader reader("f");
    for (const auto piece : pieces) {
        if (!reader.feed(piece)) break;
    }
    auto made = reader.finish();
    return {std::move(made), reader.error()};
}

std::string written(const recording& one) {
    std::string out = recording_request_line(one.request);
    if (one.status != 0) out += recording_head_line(one.head_at, one.status, one.headers);
    std::size_t from = 0;
    for (const auto& read : one.reads) {
        append_recording_read(
            out, read.at, std::string_view(one.body).substr(from, read.end - from)
        );
        from = read.end;
    }
    return out + recording_end_line(one.ended_at, one.ended, one.message);
}

void check_same(const recording& one, const recording& other) {
    FUZZ_CHECK(one.body == other.body);
    FUZZ_CHECK(one.status == other.status);
    FUZZ_CHECK(one.headers == other.headers);
    FUZZ_CHECK(one.ended == other.ended);
    FUZZ_CHECK(one.message == other.message);
    FUZZ_CHECK(one.request.body == other.request.body);
    FUZZ_CHECK(one.request.headers == other.request.headers);
    FUZZ_CHECK(one.request.model == other.request.model);
    FUZZ_CHECK(one.protocol() == other.protocol());
    FUZZ_CHECK(one.is_document() == other.is_document());
    FUZZ_CHECK(one.reads.size() == other.reads.size());
    for (std::size_t i = 0; i < one.reads.size(); ++i)
        FUZZ_CHECK(one.reads[i].end == other.reads[i].end);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto whole = read({text});
    const auto parts = read(cut(text, {}));
    FUZZ_CHECK(whole.made.has_value() == parts.made.has_value());
    FUZZ_CHECK(whole.error == parts.error);
    FUZZ_CHECK(whole.made.has_value() == whole.error.empty());
    if (!whole.made) return 0;
    check_same(*whole.made, *parts.made);
    const auto text_again = written(*whole.made);
    const auto again = read({text_again});
    FUZZ_CHECK(again.made.has_value());
    check_same(*whole.made, *again.made);
    const recordings all({*whole.made});
    for (const auto client : {api::openai_chat, api::gemini, api::anthropic_count_tokens})
        (void)all.speakers_for(client);
    return 0;
}
