// A stream parsed whole, parsed in pieces and read by the specification's algorithm: all agree.
//
// Input: one byte whose lower three bits say how many piece lengths follow (none: byte by byte) and
// whose bit 3 asks for a small limit, given by its upper four; the lengths; the stream.

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/cut.hpp"
#include "tests/sse/reference_parser.hpp"

namespace {

using namespace sluice::sse::testing;

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    const auto head = static_cast<unsigned char>(input[0]);
    const std::string_view lengths = input.substr(1, head & 7U);
    const std::string_view wire = input.substr(1 + lengths.size());
    const std::size_t limit = (head & 8U) != 0 ? (head >> 4U) * 4U : 1U << 20;

    const outcome whole = parse({wire}, limit);
    const outcome pieces = parse(cut(wire, lengths), limit);
    FUZZ_CHECK(whole.blocks == pieces.blocks);
    FUZZ_CHECK(whole.retry_ms == pieces.retry_ms);
    FUZZ_CHECK(whole.failed == pieces.failed);
    FUZZ_CHECK(wire.starts_with(whole.raw) && wire.starts_with(pieces.raw));
    if (whole.failed) return 0;
    FUZZ_CHECK(whole.incomplete == pieces.incomplete);
    FUZZ_CHECK(covers(whole, wire) && covers(pieces, wire));
    const outcome expected = reference_parser::parse(wire);
    FUZZ_CHECK(whole.blocks == expected.blocks);
    FUZZ_CHECK(whole.retry_ms == expected.retry_ms);
    return 0;
}
