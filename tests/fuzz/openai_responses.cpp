// A response, decoded whole and in pieces: both ways must tell the same, and an answer that failed
// must not look like one that is complete.
//
// Input: one byte whose lower two bits choose the way (translated, transparent, a document) and
// whose upper six give the length of the pieces; the answer.

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/codec_laws.hpp"
#include "tests/upstream/responses_run.hpp"

#include <cstdint>
#include <string_view>

namespace {

using namespace sluice::upstream;
using namespace sluice::upstream::testing;

call call_of(unsigned way) {
    if ((way & 3U) < 2) return (way & 1U) == 0 ? translated_call() : responses_relay_call();
    return responses_relay_call(false);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto head = static_cast<unsigned char>(input[0]);
    const auto wire = input.substr(1);
    const auto asked = call_of(head);
    const auto whole = run_responses(asked, {wire});
    const auto pieces = run_responses(asked, cut_every(1 + (head >> 2U), wire));
    check_codec_laws(whole, pieces);
    FUZZ_CHECK(whole.finishes.size() <= 1);
    return 0;
}
