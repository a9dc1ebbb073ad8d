#pragma once

#include "gateway/load/work/line_reader.hpp"

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway::load {

/// The longest context of any model; what is longer is a mistake in the file.
inline constexpr std::int64_t trace_tokens_max = 1'000'000;
/// A row of Mooncake's holds one number for each 512 tokens; others are shorter.
inline constexpr std::size_t trace_line_bytes_max = std::size_t{1} << 20;

/// One request of a trace.
struct trace_row {
    std::int64_t at_ns = 0;  ///< since whenever the trace counts from
    std::int64_t input_tokens = 0;
    std::int64_t output_tokens = 0;
    /// Names of the blocks of 512 tokens that the prompt is made of; empty: not said.
    std::vector<std::uint64_t> hash_ids;
};

/// How rows of one format are read. Says what is wrong with a line, "has ...", or nothing.
class trace_format {
 public:
    virtual ~trace_format() = default;
    virtual std::string read(std::string_view line, trace_row& row) = 0;
};

/// Reads a trace of the Azure LLM inference CSV (of 2023 and 2024), Mooncake's JSONL or BurstGPT's
/// CSV, told by its first line, row by row with the memory of one. Foreign bytes: each line is
/// checked. Owned by one thread.
class trace_reader {
 public:
    explicit trace_reader(std::unique_ptr<std::istream> file);

    /// Goes to the next row. False: there is none, or there is a `problem()`.
    bool next(trace_row& row);
    /// Begins again with the first row.
    void rewind();

    /// What is wrong, and in which line: "7: has no ...". Empty: nothing.
    const std::string& problem() const { return problem_; }

 private:
    bool begin();
    bool advance();
    bool fail(std::string_view what);

    line_reader lines_;
    std::unique_ptr<trace_format> format_;
    bool begun_ = false;
    bool in_first_line_ = false;  ///< the line that told the format is a row as well
    std::string problem_;
};

}  // namespace sluice::gateway::load
