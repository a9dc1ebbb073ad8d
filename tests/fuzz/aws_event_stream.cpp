// The binary messages of AWS's event streams, whole and in pieces: both ways give the same, and
// nothing is read beyond the end.
//
// Input: one byte whose lower three bits say how many piece lengths follow (none: byte by byte) and
// whose bit 3 asks for right checksums, without which few inputs come far; the lengths; the stream.

#include "upstream/providers/aws_event_stream.hpp"

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/cut.hpp"
#include "tests/upstream/aws_messages.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

using namespace sluice::upstream;
using namespace sluice::upstream::testing;

struct outcome {
    std::vector<std::tuple<std::string, std::string, std::string, std::string>> messages;
    std::string problem;
    std::string incomplete;

    bool operator==(const outcome&) const = default;
};

outcome read(const std::vector<std::string_view>& pieces) {
    aws_event_stream stream;
    outcome told;
    for (const auto piece : pieces) {
        const std::vector<char> exact(piece.begin(), piece.end());
        stream.feed({exact.data(), exact.size()});
        while (const auto next = stream.next())
            told.messages.emplace_back(next->kind, next->type, next->error, next->payload);
    }
    told.problem = stream.problem();
    if (told.problem.empty()) told.incomplete = stream.incomplete();
    return told;
}

std::size_t number_at(std::string_view wire, std::size_t at) {
    std::size_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = number << 8U | static_cast<unsigned char>(wire[at + i]);
    return number;
}

/// Writes the right checksums into all messages whose lengths can be true.
void repair(std::string& wire) {
    constexpr std::size_t prelude = 12;
    for (std::size_t at = 0; wire.size() - at >= prelude + 4;) {
        const auto size = number_at(wire, at);
        wire.replace(at + 8, 4, big_endian(crc32(std::string_view(wire).substr(at, 8)), 4));
        if (size < prelude + 4 || size > wire.size() - at) return;
        const auto checked = std::string_view(wire).substr(at, size - 4);
        wire.replace(at + size - 4, 4, big_endian(crc32(checked), 4));
        at += size;
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    const auto head = static_cast<unsigned char>(input[0]);
    const auto lengths = input.substr(1, head & 7U);
    std::string wire(input.substr(1 + lengths.size()));
    if ((head & 8U) != 0) repair(wire);
    const auto whole = read({wire});
    FUZZ_CHECK(whole == read(cut(wire, lengths)));
    FUZZ_CHECK(wire.ends_with(whole.incomplete));
    return 0;
}
