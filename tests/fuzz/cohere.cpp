// An answer of Cohere, decoded whole and in pieces: both must tell the same, and an
// answer that failed must not look like one that is complete.
//
// Input: one byte that gives the length of the pieces; the answer.

#include "upstream/providers/cohere.hpp"

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/codec_laws.hpp"
#include "tests/fuzz/cut.hpp"
#include "tests/upstream/codec_run.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace {

using namespace sluice::upstream;
using namespace sluice::upstream::testing;

told decode(const std::vector<std::string_view>& pieces) {
    return run(make_cohere_codec(), call(), plain_provider(), pieces);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto wire = input.substr(1);
    const auto whole = decode({wire});
    const auto pieces = decode(cut(wire, input.substr(0, 1)));
    check_codec_laws(whole, pieces);
    const bool completed = *whole.ended == outcome::completed;
    FUZZ_CHECK(!completed || !whole.finishes.empty());
    FUZZ_CHECK(whole.frames.empty());
    return 0;
}
