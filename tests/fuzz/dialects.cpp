// Any bytes through the decoders of OpenAI's dialects and the native one, and any text through
// their encoders.
//
// Whatever comes is decoded or refused with a 400, never thrown at; a request that was taken keeps
// its body; and a text never forges a frame.

#include "gateway/dialects/json_input.hpp"
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
        const auto& call = decoded->call;
        const bool asks = !call.request.messages.empty() || !call.untranslatable.empty() ||
                          call.embedding.has_value();
        FUZZ_CHECK(asks);
        return;
    }
    FUZZ_CHECK(decoded.error().status == 400);
    FUZZ_CHECK(nlohmann::json::accept(dialect.error_body(decoded.error())));
}

/// Whatever the outline is sure of, the decoder says as well, unless a value that is the provider's
/// to judge is wrong.
void outline(const dialect& dialect, const std::string& body) {
    auto given = body;
    const auto outlined = dialect.outline(given);
    if (!outlined) {
        FUZZ_CHECK(given == body);
        return;
    }
    FUZZ_CHECK(outlined->call.body == body);
    FUZZ_CHECK(parse_object(body).has_value());
    const auto decoded = dialect.decode(body);
    if (!decoded) return;
    FUZZ_CHECK(outlined->call.request.model == decoded->call.request.model);
    FUZZ_CHECK(outlined->call.stream == decoded->call.stream);
    FUZZ_CHECK(outlined->call.want_usage == decoded->call.want_usage);
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
    decode(openai_completions_dialect(), input);
    decode(openai_embeddings_dialect(), input);
    outline(openai_chat_dialect(), input);
    encode(native_dialect(), input, 3);       // start, the text, done
    encode(openai_chat_dialect(), input, 3);  // the role, the text, the error
    encode(openai_completions_dialect(), input, 2);
    return 0;
}
