// The glance at a chunk against the reader of its whole tree: whatever the glance is sure of, the
// reader says as well, and says nothing more.

#include "upstream/providers/openai_glance.hpp"

#include "tests/fuzz/check.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_chunk.hpp"

#include <cstdint>
#include <string_view>

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sluice::upstream;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto seen = glance_at_openai_chunk(text);
    if (!seen) return 0;
    const auto chunk = parse_json(text);
    FUZZ_CHECK(!chunk.is_discarded());
    FUZZ_CHECK(!is_truthy(find(chunk, "error")) && find_text(chunk, "object") != "error");
    openai_chunk_reader reader(openai_chunk_reader::purpose::metering);
    batch_texts texts;
    batch out;
    const auto verdict = reader.read(chunk, texts, out);
    FUZZ_CHECK(verdict.broken.empty());
    FUZZ_CHECK(!verdict.usage_only);
    FUZZ_CHECK(verdict.content == seen->content);
    for (const auto& item : out.items)
        FUZZ_CHECK(std::holds_alternative<identity>(item));
    const auto& choice = find(chunk, "choices")->at(0);
    FUZZ_CHECK(find_count(choice, "index").value_or(0) == seen->choice);
    return 0;
}
