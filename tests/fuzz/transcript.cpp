// An answer that is relayed, as a transcript keeps it: valid and within bounds whatever the bytes,
// and of a stream the same however it came.
//
// Input: one byte whose lower three bits choose the API, whose fourth says whether the answer is
// streamed, and whose upper four give the length of the pieces; the answer.

#include "gateway/telemetry/transcript.hpp"

#include "tests/fuzz/check.hpp"
#include "tests/fuzz/codec_laws.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace {

using sluice::gateway::transcript;
using namespace sluice::upstream;

constexpr std::array apis{
    api::openai_chat,
    api::openai_completions,
    api::openai_responses,
    api::anthropic_messages,
    api::gemini,
    api::ollama_chat,
    api::ollama_generate,
    api::openai_embeddings};

transcript listen(const call& asked, const std::vector<std::string_view>& pieces) {
    transcript seen(asked);
    batch told;
    for (const auto piece : pieces) {
        told.clear();
        told.items.emplace_back(verbatim{piece, true});
        seen.see(told);
    }
    told.clear();
    told.ending.emplace();
    seen.see(told);
    return seen;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto head = static_cast<unsigned char>(input[0]);
    const auto wire = input.substr(1);
    call asked;
    asked.api = apis[head & 7U];
    asked.stream = (head & 8U) != 0;
    const auto whole = listen(asked, {wire});
    FUZZ_CHECK(nlohmann::json::accept(whole.output_messages()));
    FUZZ_CHECK(whole.answer().size() <= 2 * transcript::bytes_max);
    if (!asked.stream) return 0;
    const auto pieces = listen(asked, testing::cut_every(1 + (head >> 4U), wire));
    FUZZ_CHECK(whole.output_messages() == pieces.output_messages());
    FUZZ_CHECK(whole.answer() == pieces.answer());
    FUZZ_CHECK(whole.answer_cut() == pieces.answer_cut());
    return 0;
}
