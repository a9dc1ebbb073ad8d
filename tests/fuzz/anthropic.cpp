// An answer in the protocol of Anthropic's messages, decoded whole and in pieces: both ways must
// tell the same, and an answer that failed must not look like one that is complete.
//
// Input: one byte whose lower two bits choose the way (translated, transparent, a document, a count
// of tokens) and whose upper six give the length of the pieces; the answer.

#include "tests/fuzz/check.hpp"
#include "tests/upstream/anthropic_calls.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

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

std::vector<std::string_view> cut(std::string_view text, std::size_t size) {
    std::vector<std::string_view> pieces;
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
        pieces.push_back(text.substr(0, size));
    return pieces;
}

/// Between CR and LF a frame ends sooner or later, depending on the cut; the lines are the same.
std::string lines_of(std::string_view bytes) {
    std::string lines;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] == '\n' && i > 0 && bytes[i - 1] == '\r') continue;
        lines += bytes[i] == '\r' ? '\n' : bytes[i];
    }
    return lines;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto head = static_cast<unsigned char>(input[0]);
    const auto wire = input.substr(1);
    const auto asked = call_of(head);
    auto whole = run_anthropic(asked, {wire});
    auto pieces = run_anthropic(asked, cut(wire, 1 + (head >> 2U)));

    FUZZ_CHECK(whole.ended.has_value());
    FUZZ_CHECK((*whole.ended == outcome::completed) == !whole.failure.has_value());
    FUZZ_CHECK(whole.finishes.size() <= 1);
    FUZZ_CHECK(lines_of(whole.bytes) == lines_of(pieces.bytes));
    for (const auto& [bytes, content] : whole.frames)
        FUZZ_CHECK(!bytes.empty());
    for (std::size_t i = 0; i < whole.calls.size(); ++i) {
        FUZZ_CHECK(whole.calls[i].index == static_cast<int>(i));
        FUZZ_CHECK(!whole.calls[i].id.empty());
    }
    FUZZ_CHECK(whole.states == pieces.states);
    FUZZ_CHECK(whole.citations == pieces.citations);
    whole.frames.clear();
    pieces.frames.clear();
    FUZZ_CHECK(whole.key() == pieces.key());
    return 0;
}
