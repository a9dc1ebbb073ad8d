#include "gateway/dialects/frame_writer.hpp"

#include <algorithm>

namespace sluice::gateway {

namespace {

constexpr std::string_view retry_line = "retry: 1000\n";

/// `id` or `id:...`, the only field that would take the place of ours.
bool is_id_line(std::string_view line) {
    return line.starts_with("id") && (line.size() == 2 || line[2] == ':' || line[2] < ' ');
}

/// The frame without id lines of the provider's own.
void append_without_ids(std::string& out, std::string_view frame) {
    while (!frame.empty()) {
        auto end = std::min(frame.find_first_of("\r\n"), frame.size());
        if (frame.substr(end).starts_with("\r\n")) ++end;
        const auto line = frame.substr(0, end + 1);
        if (!is_id_line(line)) out += line;
        frame.remove_prefix(line.size());
    }
}

}  // namespace

void frame_writer::append_numbered(std::string_view frame) {
    const auto sequence = journal_.next_sequence();
    text_.clear();
    append_id_line(text_, stream_id_, sequence);
    if (sequence == 0) text_ += retry_line;
    if (frame.starts_with("id") || frame.find("\nid") != std::string_view::npos ||
        frame.find("\rid") != std::string_view::npos)
        append_without_ids(text_, frame);
    else
        text_ += frame;
    journal_.append(text_);
}

void append_id_line(std::string& out, std::string_view stream_id, std::uint64_t sequence) {
    out.append("id: ").append(stream_id).append("/").append(std::to_string(sequence)).append("\n");
}

}  // namespace sluice::gateway
