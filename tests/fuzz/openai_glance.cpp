// The glance at a chunk against the reader of its whole tree: whatever the glance is sure of, the
// reader says as well, and says nothing more. Nor does it matter which chunk came before.
//
// Input: chunks, one a line.

#include "upstream/providers/openai_glance.hpp"

#include "tests/fuzz/check.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_chunk.hpp"

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace {

using namespace sluice::upstream;

void check_against_reader(const openai_glance& seen, std::string_view text) {
    const auto chunk = parse_json(text);
    FUZZ_CHECK(!chunk.is_discarded());
    FUZZ_CHECK(!is_truthy(find(chunk, "error")) && find_text(chunk, "object") != "error");
    openai_chunk_reader reader(openai_chunk_reader::purpose::metering);
    batch_texts texts;
    batch out;
    const auto verdict = reader.read(chunk, texts, out);
    FUZZ_CHECK(verdict.broken.empty());
    FUZZ_CHECK(!verdict.usage_only);
    FUZZ_CHECK(verdict.content == seen.content);
    for (const auto& item : out.items)
        FUZZ_CHECK(std::holds_alternative<identity>(item));
    const auto& choice = find(chunk, "choices")->at(0);
    FUZZ_CHECK(find_count(choice, "index").value_or(0) == seen.choice);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    openai_glancer glancer;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const auto seen = glancer.look(line);
        FUZZ_CHECK(seen == openai_glancer().look(line));
        if (seen) check_against_reader(*seen, line);
    }
    return 0;
}
