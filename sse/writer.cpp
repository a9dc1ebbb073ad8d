#include "sse/writer.hpp"

#include "sse/line_ends.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::sse {
namespace {

// One line per line of `text`; an empty text is one empty line.
void append_lines(std::string& out, std::string_view prefix, std::string_view text) {
    line_ends ends;
    std::size_t begin = 0;
    while (true) {
        const std::size_t end = ends.find(text, begin);
        out.append(prefix).append(text.substr(begin, end - begin)).append(1, '\n');
        if (end == text.size()) return;
        const bool crlf = text.substr(end, 2) == "\r\n";
        begin = end + (crlf ? 2 : 1);
    }
}

// Leaves the line out when nothing of the value remains: an empty id would reset the client's.
void append_field(std::string& out, std::string_view prefix, std::string_view value) {
    constexpr std::string_view forbidden("\r\n\0", 3);
    const std::size_t line = out.size();
    out.append(prefix);
    const std::size_t begin = out.size();
    while (!value.empty()) {
        const std::size_t clean = std::min(value.find_first_of(forbidden), value.size());
        out.append(value.substr(0, clean));
        value.remove_prefix(std::min(clean + 1, value.size()));
    }
    if (out.size() == begin) {
        out.resize(line);
    } else {
        out += '\n';
    }
}

void append_retry(std::string& out, std::uint64_t retry_ms) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), retry_ms).ptr;
    out.append("retry: ").append(digits.begin(), end).append(1, '\n');
}

}  // namespace

void append_event(std::string& out, const event& event) {
    append_field(out, "id: ", event.id);
    if (event.retry_ms) append_retry(out, *event.retry_ms);
    append_field(out, "event: ", event.type);
    if (!event.data.empty()) append_lines(out, "data: ", event.data);
    out += '\n';
}

void append_comment(std::string& out, std::string_view text) {
    append_lines(out, ": ", text);
}

}  // namespace sluice::sse
