// The answers that the load generator reads off a connection, whole and in pieces: both ways give
// the same bodies and the same problems.
//
// Input: one byte whose lower three bits say how many piece lengths follow (none: byte by byte);
// the lengths; the bytes of the connection.

#include "gateway/load/wire/response_reader.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/cut.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using sluice::gateway::load::response_reader;

struct response {
    int status = 0;
    std::string body;
    std::string stream_path;
    std::string problem;
    bool keeps_connection = false;

    bool operator==(const response&) const = default;
};

response told_by(const response_reader& reader, std::string body) {
    return {
        reader.status(),
        std::move(body),
        reader.stream_path(),
        std::string(reader.problem()),
        reader.keeps_connection()};
}

/// One after the other, until the connection ends or one of them is broken.
std::vector<response> read(const std::vector<std::string_view>& pieces) {
    std::vector<response> all;
    response_reader reader;
    std::string body;
    for (auto piece : pieces) {
        while (!piece.empty()) {
            body += reader.next(piece);
            if (!reader.done() && !reader.failed()) continue;
            all.push_back(told_by(reader, std::move(body)));
            body.clear();
            if (reader.failed()) return all;
            reader.reset();
        }
    }
    if (!reader.is_untouched()) {
        reader.end_of_file();
        FUZZ_CHECK(reader.done() || reader.failed());
        all.push_back(told_by(reader, std::move(body)));
    }
    return all;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    const auto lengths = input.substr(1, data[0] & 7U);
    const auto wire = input.substr(1 + lengths.size());
    const auto whole = read({wire});
    FUZZ_CHECK(whole == read(cut(wire, lengths)));
    for (const auto& one : whole)
        FUZZ_CHECK(one.body.size() <= wire.size());
    return 0;
}
