// An answer in the protocol of Anthropic's messages, decoded whole and in pieces: both ways must
// tell the same, and an answer that failed must not look like one that is complete.
//
// Input: one byte whose lower two bits choose the way (translated, transparent, a document, a count
// of tokens) and whose upper six give the length of the pieces; the answer.

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/codec_laws.hpp"
#include "tests/upstream/anthropic_calls.hpp"

#include <cstdint>
#include <string_view>

namespace {

using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using namespace sluice::upstream::testing::anthropic;

call call_of(unsigned way) {
    switch (way & 3U) {
        case 0:
            return translated_call();
        case 1:
            return messages_call();
        case 2:
            return messages_call(false);
        default:
            return messages_call(false, api::anthropic_count_tokens);
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto head = static_cast<unsigned char>(input[0]);
    const auto wire = input.substr(1);
    const auto asked = call_of(head);
    const auto whole = run_anthropic(asked, {wire});
    const auto pieces = run_anthropic(asked, cut_every(1 + (head >> 2U), wire));
    check_codec_laws(whole, pieces);
    FUZZ_CHECK(whole.finishes.size() <= 1);
    for (std::size_t i = 0; i < whole.calls.size(); ++i) {
        FUZZ_CHECK(whole.calls[i].index == static_cast<int>(i));
        FUZZ_CHECK(!whole.calls[i].id.empty());
    }
    return 0;
}
