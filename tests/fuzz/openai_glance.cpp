// The glance at a chunk against the reader of its whole tree: whatever the glance is sure of, the
// reader says as well, and says nothing more. Nor does it matter which chunk came before.
//
// Input: chunks, one a line.

#include "upstream/providers/openai_glance.hpp"

#include "tests/fuzz/check.hpp"
#include "upstream/providers/json_read.hpp"
#include "upstream/providers/openai_chunk.hpp"
#include "upstream/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace sluice::upstream;

/// An item's meaning, for comparison.
std::string meaning(const item& one) {
    if (const auto* name = std::get_if<identity>(&one)) {
        return std::string(name->id) + '|' + std::string(name->model) + '|' +
               std::to_string(name->created);
    }
    if (const auto* end = std::get_if<finish>(&one)) {
        return std::to_string(end->choice) + std::string(to_string(end->reason));
    }
    if (const auto* text = std::get_if<text_delta>(&one)) return 't' + std::string(text->text);
    if (const auto* text = std::get_if<reasoning_delta>(&one)) return 'r' + std::string(text->text);
    if (const auto* text = std::get_if<refusal_delta>(&one)) return 'f' + std::string(text->text);
    const auto* counted = std::get_if<usage>(&one);
    FUZZ_CHECK(counted != nullptr);
    std::string figures;
    for (const auto& figure :
         {counted->input_tokens,
          counted->output_tokens,
          counted->total_tokens,
          counted->cached_tokens,
          counted->cache_write_tokens,
          counted->reasoning_tokens})
        figures += '/' + std::to_string(figure.value_or(-1));
    return figures;
}

struct reading {
    explicit reading(openai_chunk_reader::purpose use) : reader(use) {}

    openai_chunk_reader reader;
    batch_texts texts;
    batch out;
    openai_chunk_reader::verdict verdict;
};

void check_against_reader(
    const openai_glance& seen, std::string_view text, openai_chunk_reader::purpose use
) {
    const auto chunk = parse_json(text);
    FUZZ_CHECK(!chunk.is_discarded());
    FUZZ_CHECK(!is_truthy(find(chunk, "error")) && find_text(chunk, "object") != "error");
    reading whole(use);
    whole.verdict = whole.reader.read(chunk, whole.texts, whole.out);
    reading glanced(use);
    glanced.verdict = glanced.reader.read(seen, glanced.texts, glanced.out);
    FUZZ_CHECK(whole.verdict.broken == glanced.verdict.broken);
    FUZZ_CHECK(whole.verdict.usage_only == glanced.verdict.usage_only);
    FUZZ_CHECK(whole.verdict.content == glanced.verdict.content);
    FUZZ_CHECK(whole.reader.all_finished() == glanced.reader.all_finished());
    FUZZ_CHECK(whole.out.items.size() == glanced.out.items.size());
    for (std::size_t i = 0; i < whole.out.items.size(); ++i)
        FUZZ_CHECK(meaning(whole.out.items[i]) == meaning(glanced.out.items[i]));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    using glance_at = openai_glancer::purpose;
    using read_for = openai_chunk_reader::purpose;
    openai_glancer glancer;
    openai_glancer translator(glance_at::translation);
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        FUZZ_CHECK(glancer.look(line, false) == openai_glancer().look(line, false));
        if (const auto seen = openai_glancer().look(line, true))
            check_against_reader(*seen, line, read_for::metering);
        if (!is_utf8(line)) continue;
        const auto fresh = openai_glancer(glance_at::translation).look(line, true);
        if (fresh) check_against_reader(*fresh, line, read_for::translation);
        const auto next = translator.look(line, false);
        FUZZ_CHECK(next == openai_glancer(glance_at::translation).look(line, false));
    }
    return 0;
}
