// An answer in Gemini's protocol, decoded whole and in pieces: both must tell the same, and an
// answer that failed must not look like one that is complete.
//
// Input: one byte whose lower two bits choose the way (translated, transparent, a document) and
// whose upper six give the length of the pieces; the answer.

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/codec_laws.hpp"
#include "tests/upstream/gemini_run.hpp"

#include <cstdint>
#include <string_view>

namespace {

using namespace sluice::upstream;
using namespace sluice::upstream::testing;

call call_of(unsigned way) {
    switch (way & 3U) {
        case 0:
        case 1:
            return {};
        case 2:
            return relayed_gemini_call();
        default:
            return relayed_gemini_call(false);
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
    const auto whole = run_gemini(asked, {wire});
    const auto pieces = run_gemini(asked, cut_every(1 + (head >> 2U), wire));
    check_codec_laws(whole, pieces);
    for (const auto& call : whole.calls)
        FUZZ_CHECK(!call.name.empty() && !call.id.empty());
    return 0;
}
