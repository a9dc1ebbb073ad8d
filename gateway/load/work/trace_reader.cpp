#include "gateway/load/work/trace_reader.hpp"

#include "gateway/load/work/trace_formats.hpp"

#include <utility>

namespace sluice::gateway::load {

trace_reader::trace_reader(std::unique_ptr<std::istream> file)
    : lines_(std::move(file), trace_line_bytes_max) {}

bool trace_reader::next(trace_row& row) {
    if (!problem_.empty()) return false;
    if (!std::exchange(begun_, true) && !begin()) return false;
    if (!std::exchange(in_first_line_, false) && !advance()) return false;
    auto problem = format_->read(lines_.line(), row);
    return problem.empty() || fail(problem);
}

void trace_reader::rewind() {
    lines_.rewind();
    format_.reset();
    begun_ = false;
    in_first_line_ = false;
    problem_.clear();
}

/// Takes the first line for what it tells of the format.
bool trace_reader::begin() {
    if (!advance()) return false;
    const auto line = lines_.line();
    in_first_line_ = line.substr(line.find_first_not_of(" \t")).starts_with('{');
    format_ = in_first_line_ ? make_mooncake_format() : csv_format_of(line);
    if (format_) return true;
    return fail(
        "begins no trace that is known: its first line must name the columns "
        "TIMESTAMP,ContextTokens,GeneratedTokens (Azure) or "
        "Timestamp,Request tokens,Response tokens (BurstGPT), or be a JSON object (Mooncake)"
    );
}

bool trace_reader::advance() {
    if (lines_.next()) return true;
    if (lines_.too_long()) fail("is longer than a mebibyte");
    return false;
}

bool trace_reader::fail(std::string_view what) {
    problem_ = std::to_string(lines_.number()) + ": the line ";
    problem_ += what;
    return false;
}

}  // namespace sluice::gateway::load
