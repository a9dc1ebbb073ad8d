// What `sluice doctor` makes of a stranger's event stream, head and documents: the events depend on
// the bytes alone, the model that it would ask has a name, and its reports are plain ASCII.
//
// Input: one byte whose lower three bits say how many piece lengths follow (none: byte by byte) and
// whose bit 3 takes it for the live feed; the lengths; the stream, which is a field's value, a list
// of models and a poll as well.

#include "gateway/doctor/answer_reading.hpp"
#include "gateway/doctor/event_reading.hpp"
#include "gateway/doctor/report.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/cut.hpp"

#include <algorithm>
#include <cstdint>

namespace {

using namespace sluice::gateway::doctor;

event_reading read(const std::vector<std::string_view>& pieces, kind_of_stream kind) {
    event_reading reading(kind);
    double now_ms = 0;
    for (const auto piece : pieces)
        reading.take(piece, now_ms += 40);
    return reading;
}

/// The LF of a CRLF that is cut counts to the next event.
bool same(const piece& a, const piece& b) {
    return a.made_ms == b.made_ms;
}

void check_reports(const event_reading& reading, std::string_view text) {
    facts found;
    found.url = text;
    found.models.status = 200;
    found.models.headers = {{"server", std::string(text)}};
    found.is_gateway = true;
    found.version = reading.version();
    found.model = read_models(text).value_or(model_list{}).mock;
    FUZZ_CHECK(found.model.find('*') == std::string::npos);
    if (read_done(text).value_or(false)) found.left = leaving::noticed;
    found.stream = stream_facts{found.models, reading.pieces(), 40, 1000, false};
    const auto judged = judge(found);
    for (const auto& report : {text_report(found, judged), json_report(found, judged)}) {
        FUZZ_CHECK(std::all_of(report.begin(), report.end(), [](char c) {
            return c == '\n' || (c >= ' ' && c <= '~');
        }));
    }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (input.empty()) return 0;
    const auto head = static_cast<unsigned char>(input[0]);
    const auto kind = (head & 8U) != 0 ? kind_of_stream::feed : kind_of_stream::native;
    const auto lengths = input.substr(1, head & 7U);
    const auto wire = input.substr(1 + lengths.size());

    const auto whole = read({wire}, kind);
    const auto pieces = read(cut(wire, lengths), kind);
    FUZZ_CHECK(std::ranges::equal(whole.pieces(), pieces.pieces(), same));
    FUZZ_CHECK(whole.stream_id() == pieces.stream_id());
    FUZZ_CHECK(whole.first() == pieces.first() && whole.last() == pieces.last());
    FUZZ_CHECK(whole.version() == pieces.version());
    FUZZ_CHECK(whole.has_unstamped() == pieces.has_unstamped());
    check_reports(pieces, wire);
    return 0;
}
