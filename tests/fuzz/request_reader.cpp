// A request read whole and read in pieces: both tell the same, and neither throws.
//
// Input: one byte whose lower three bits say how many piece lengths follow (none: byte by byte) and
// whose bit 3 asks for small limits; the lengths; the bytes of the connection.

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/cut.hpp"
#include "tests/gateway/http/request_reading.hpp"

#include <cstdint>

namespace {

using namespace sluice::gateway;
using namespace sluice::gateway::testing;

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    const auto head = static_cast<unsigned char>(input[0]);
    const std::string_view lengths = input.substr(1, head & 7U);
    const std::string_view wire = input.substr(1 + lengths.size());
    request_limits limits;
    if ((head & 8U) != 0) limits = {.header_bytes_max = 128, .body_bytes_max = 16};

    const reading whole = read({wire}, limits);
    const reading pieces = read(cut(wire, lengths), limits);
    FUZZ_CHECK(agree(whole, pieces));
    FUZZ_CHECK(wire.ends_with(whole.rest));
    if (whole.state == request_reader::state::refused) FUZZ_CHECK(whole.status >= 400);
    if (whole.state != request_reader::state::done) return 0;
    FUZZ_CHECK(whole.request.body.size() <= limits.body_bytes_max);
    FUZZ_CHECK(whole.request.http10 || whole.request.header("host").has_value());
    for (const auto& [name, value] : whole.request.headers) {
        FUZZ_CHECK(value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string::npos);
    }
    return 0;
}
