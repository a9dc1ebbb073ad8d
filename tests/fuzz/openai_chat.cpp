// An answer in the protocol of chat completions, decoded whole and in pieces: both ways must tell
// the same, and an answer that failed must not look like one that is complete.
//
// Input: one byte whose lower two bits choose the way (translated, transparent with and without
// usage, a document) and whose upper six give the length of the pieces; the answer.

#include "tests/fuzz/codec_laws.hpp"
#include "tests/upstream/codec_run.hpp"

#include <cstdint>
#include <string_view>

namespace {

using namespace sluice::upstream;
using namespace sluice::upstream::testing;

call call_of(unsigned way) {
    switch (way & 3U) {
        case 0:
            return translated_call();
        case 1:
            return transparent_call(false);
        case 2:
            return transparent_call(true);
        default:
            return transparent_call(false, false);
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
    const auto whole = run(asked, plain_provider(), {wire});
    const auto pieces = run(asked, plain_provider(), cut_every(1 + (head >> 2U), wire));
    check_codec_laws(whole, pieces);
    return 0;
}
