// An answer of Bedrock's, decoded whole and in pieces: both must tell the same, and an answer that
// failed must not look like one that is complete.
//
// Input: one byte whose lowest bit chooses whether the rest is the binary stream itself, or lines
// of an event's type, a space and its payload, from which a stream is made with the right
// checksums; the upper bits give the length of the pieces.

#include "tests/fuzz/check.hpp"
#include "tests/upstream/bedrock_run.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice::upstream;
using namespace sluice::upstream::testing;

std::vector<std::string_view> cut(std::string_view text, std::size_t size) {
    std::vector<std::string_view> pieces;
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
        pieces.push_back(text.substr(0, size));
    return pieces;
}

std::string stream_of(std::string_view lines) {
    std::string wire;
    while (!lines.empty()) {
        const auto line = lines.substr(0, lines.find('\n'));
        lines.remove_prefix(std::min(line.size() + 1, lines.size()));
        const auto type = line.substr(0, std::min<std::size_t>(line.find(' '), 200));
        const auto payload = line.substr(std::min(type.size() + 1, line.size()));
        wire +=
            type.ends_with("Exception") ? aws_exception(type, payload) : aws_event(type, payload);
    }
    return wire;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto head = static_cast<unsigned char>(input[0]);
    const auto rest = input.substr(1);
    const auto wire = (head & 1U) == 0 ? std::string(rest) : stream_of(rest);
    const auto whole = run_bedrock({wire});
    const auto pieces = run_bedrock(cut(wire, 1 + (head >> 1U)));
    FUZZ_CHECK(whole.ended.has_value());
    FUZZ_CHECK((*whole.ended == outcome::completed) == !whole.failure.has_value());
    FUZZ_CHECK(whole.frames.empty());
    FUZZ_CHECK(whole.key() == pieces.key());
    return 0;
}
