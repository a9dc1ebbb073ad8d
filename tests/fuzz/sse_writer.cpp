// An event that is written and parsed again is one event with the same data.
//
// Input: two lengths, of the id and of the type; then id, type and data.

#include "sse/writer.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/sse/parsing.hpp"

namespace {

std::string with_lf_ends(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text.substr(at, 2) == "\r\n") continue;
        out += text[at] == '\r' ? '\n' : text[at];
    }
    return out;
}

std::string clean(std::string_view text) {
    std::string out(text);
    std::erase_if(out, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
    return out;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice::sse;
    if (size < 2) return 0;
    const std::string_view rest(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::string_view id = rest.substr(0, data[0]);
    const std::string_view type = rest.substr(id.size(), data[1]);
    const std::string_view payload = rest.substr(id.size() + type.size());

    std::string wire;
    append_comment(wire, payload);
    append_event(wire, {.id = id, .type = type, .data = payload});
    const testing::outcome result = testing::parse({wire}, wire.size());
    FUZZ_CHECK(result.blocks.size() == 1 && result.incomplete.empty() && !result.retry_ms);
    const testing::block& only = result.blocks[0];
    FUZZ_CHECK(only.dispatched == !payload.empty());
    FUZZ_CHECK(only.data == with_lf_ends(payload));
    FUZZ_CHECK(only.last_event_id == clean(id));
    FUZZ_CHECK(only.type == (clean(type).empty() ? "message" : clean(type)));
    return 0;
}
