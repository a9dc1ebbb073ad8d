// Any bytes through both dialects' decoders, and any text through their encoders.
//
// Whatever comes is decoded or refused with a 400, never thrown at; a request that was taken keeps
// its body; and a text never forges a frame.

#include "tests/fuzz/check.hpp"
#include "tests/gateway/dialects/encoding.hpp"

#include <cstdint>

namespace {

using namespace sluice::gateway;
using namespace sluice::gateway::testing;
using sluice::upstream::outcome;

void decode(const dialect& dialect, const std::string& body) {
    const auto decoded = dialect.decode(body);
    if (decoded) {
        FUZZ_CHECK(decoded->call.body == body);
        FUZZ_CHECK(!decoded->call.request.messages.empty() || !decoded->unknown_part.empty());
        return;
    }
    FUZZ_CHECK(decoded.error().status == 400);
    FUZZ_CHECK(nlohmann::json::accept(dialect.error_body(decoded.error())));
}

void encode(const dialect& dialect, const std::string& text, std::size_t events_expected) {
    encoding stream{dialect};
    stream.open().text(text.empty() ? "x" : text).close(closed(outcome::upstream_eof));
    const auto events = events_of(stream.wire());
    FUZZ_CHECK(events.size() == events_expected);
    for (const auto& event : events)
        FUZZ_CHECK(nlohmann::json::accept(event.data));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input(reinterpret_cast<const char*>(data), size);
    decode(native_dialect(), input);
    decode(openai_chat_dialect(), input);
    encode(native_dialect(), input, 3);       // start, the text, done
    encode(openai_chat_dialect(), input, 3);  // the role, the text, the error
    return 0;
}
