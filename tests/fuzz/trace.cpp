// Files of traces and of prompts: whatever their bytes are, they are read within bounds, and the
// same again. What is a prompt can be sent, and the server reads the same.
//
// Input: one byte, odd: a trace follows, even: a line of a file of prompts.

#include "gateway/dialects/dialect.hpp"
#include "gateway/load/speech/native_codec.hpp"
#include "gateway/load/work/prompt_file.hpp"
#include "gateway/load/work/traces.hpp"
#include "tests/fuzz/check.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace {

using namespace sluice::gateway;
using namespace sluice::gateway::load;

constexpr std::size_t rows_max = 1000;  // enough of them; texts are made of each

std::size_t bytes_of(const std::vector<sluice::upstream::message>& messages) {
    std::size_t bytes = 0;
    for (const auto& message : messages) {
        for (const auto& part : message.content)
            bytes += std::get<sluice::upstream::text_part>(part).text.size();
    }
    return bytes;
}

void check_row(const trace_row& row) {
    FUZZ_CHECK(row.at_ns <= 4'000'000'000'000'000'000);
    FUZZ_CHECK(row.input_tokens >= 0 && row.input_tokens <= trace_tokens_max);
    FUZZ_CHECK(row.output_tokens >= 0 && row.output_tokens <= trace_tokens_max);
    if (row.hash_ids.empty() || row.input_tokens > 4096) return;
    const auto tokens = std::max<std::int64_t>(row.input_tokens, 1);
    FUZZ_CHECK(bytes_of(make_block_prompt(row, 1, 2)) == static_cast<std::size_t>(tokens) * 4);
}

void check_trace(std::string_view text) {
    trace_reader reader(std::make_unique<std::istringstream>(std::string(text)));
    trace_row row;
    std::size_t rows = 0;
    for (; rows < rows_max && reader.next(row); ++rows)
        check_row(row);
    const auto problem = reader.problem();
    reader.rewind();
    for (std::size_t i = 0; i < rows; ++i)
        FUZZ_CHECK(reader.next(row));
    if (rows < rows_max) FUZZ_CHECK(!reader.next(row) && reader.problem() == problem);
}

void check_prompt(std::string_view line) {
    const auto prompt = parse_prompt(line);
    if (!prompt) {
        FUZZ_CHECK(!prompt.error().empty());
        return;
    }
    FUZZ_CHECK(!prompt->messages.empty());
    FUZZ_CHECK(prompt->input_tokens >= 1 && prompt->input_tokens <= workload_tokens_max);
    sluice::upstream::call call;
    call.request.messages = prompt->messages;
    native_codec codec;
    const auto sent = codec.encode(call, {}, "mock");
    if (!sent) return;  // a picture by a name that no client has, for one
    FUZZ_CHECK(native_dialect().decode(sent->body).has_value());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    if (data[0] % 2 == 1)
        check_trace(input.substr(1));
    else
        check_prompt(input.substr(1));
    return 0;
}
