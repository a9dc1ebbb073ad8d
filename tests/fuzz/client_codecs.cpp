// An answer of Sluice's own two streams as their clients decode it, whole and in pieces: both must
// tell the same, and an answer that failed must not look like one that is complete.
//
// Input: one byte that gives the length of the pieces; one byte, odd: native, even: UI; the answer.

#include "gateway/load/speech/native_codec.hpp"
#include "gateway/load/speech/ui_codec.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/codec_laws.hpp"
#include "tests/fuzz/cut.hpp"
#include "tests/upstream/codec_run.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice::upstream;
using namespace sluice::upstream::testing;
using sluice::gateway::load::native_codec;
using sluice::gateway::load::ui_codec;

using pieces_of_wire = std::vector<std::string_view>;

told decode(bool native, const pieces_of_wire& pieces) {
    std::unique_ptr<codec> reader;
    if (native)
        reader = std::make_unique<native_codec>();
    else
        reader = std::make_unique<ui_codec>();
    return run(std::move(reader), call(), plain_provider(), pieces);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const bool native = data[1] % 2 == 1;
    const auto wire = input.substr(2);
    const auto pieces = cut(wire, input.substr(0, 1));
    const auto whole = decode(native, {wire});
    check_codec_laws(whole, decode(native, pieces));
    FUZZ_CHECK(*whole.ended != outcome::completed || whole.finishes.size() == 1);
    FUZZ_CHECK(whole.frames.empty());
    return 0;
}
