// An answer of Ollama's, decoded whole and in pieces: both must tell the same, and an answer that
// failed must not look like one that is complete. What was told is then said by the dialect, and
// read again. The same bytes as a request's body are decoded or refused, never thrown at.
//
// Input: one byte whose lower two bits choose the way (translated, relayed, as a document, as a
// request) and whose upper six give the length of the pieces; the answer.

#include "tests/fuzz/check.hpp"
#include "tests/gateway/dialects/encoding.hpp"
#include "tests/upstream/ollama_run.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::upstream;
using namespace sluice::upstream::testing;

call call_of(unsigned way) {
    if (way == 0) return translated_call();
    return ollama_call(api::ollama_chat, way == 1);
}

std::vector<std::string_view> cut(std::string_view text, std::size_t size) {
    std::vector<std::string_view> pieces;
    for (; !text.empty(); text.remove_prefix(std::min(size, text.size())))
        pieces.push_back(text.substr(0, size));
    return pieces;
}

void decode(const std::string& body) {
    for (const auto* dialect :
         {&gateway::ollama_chat_dialect(), &gateway::ollama_generate_dialect()}) {
        const auto decoded = dialect->decode(body);
        if (decoded) {
            FUZZ_CHECK(decoded->call.body == body);
            (void)make_ollama_codec()->encode(decoded->call, ollama_provider(), "m");
            continue;
        }
        FUZZ_CHECK(decoded.error().status == 400);
        FUZZ_CHECK(nlohmann::json::accept(dialect->error_body(decoded.error())));
    }
}

/// Through the dialect and back.
void say_again(std::string_view wire) {
    gateway::testing::encoding stream{gateway::ollama_chat_dialect()};
    const auto codec = make_ollama_codec();
    (void)codec->encode(translated_call(), ollama_provider(), "m");
    told meant;
    batch out;
    codec->feed(wire, out);
    for (const auto& item : out.items)
        stream.item(item);
    meant.add(out);
    out.clear();
    codec->end(out);
    for (const auto& item : out.items)
        stream.item(item);
    meant.add(out);
    if (meant.ended != outcome::completed) return;
    stream.close(gateway::testing::closed(outcome::completed, meant.usage.value_or(usage())));
    const auto heard = run_ollama(translated_call(), {stream.wire()});
    FUZZ_CHECK(heard.ended == outcome::completed);
    FUZZ_CHECK(heard.text == meant.text);
    FUZZ_CHECK(heard.reasoning == meant.reasoning);
    FUZZ_CHECK(heard.calls.size() == meant.calls.size());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto head = static_cast<unsigned char>(input[0]);
    const auto wire = input.substr(1);
    if ((head & 3U) == 3) {
        decode(std::string(wire));
        return 0;
    }
    const auto asked = call_of(head & 3U);
    const auto whole = run_ollama(asked, {wire});
    const auto pieces = run_ollama(asked, cut(wire, 1 + (head >> 2U)));
    FUZZ_CHECK(whole.ended.has_value());
    FUZZ_CHECK((*whole.ended == outcome::completed) == !whole.failure.has_value());
    for (const auto& [bytes, content] : whole.frames)
        FUZZ_CHECK(!bytes.empty());
    FUZZ_CHECK(whole.key() == pieces.key());
    if ((head & 3U) == 0) say_again(wire);
    return 0;
}
