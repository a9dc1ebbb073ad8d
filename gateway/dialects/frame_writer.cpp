#include "gateway/dialects/frame_writer.hpp"

#include <algorithm>
#include <utility>

namespace sluice::gateway {

namespace {

constexpr std::string_view retry_line = "retry: 1000\n";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

bool has_field(std::string_view line, std::string_view name) {
    if (!line.starts_with(name)) return false;
    line.remove_prefix(name.size());
    return line.empty() || line.front() == ':' || line.front() == '\r' || line.front() == '\n';
}

/// Whether some line begins like that field; it is looked at closely only then.
bool may_hold(std::string_view frame, std::string_view name) {
    for (auto at = frame.find(name); at != std::string_view::npos; at = frame.find(name, at + 1)) {
        if (at == 0 || frame[at - 1] == '\n' || frame[at - 1] == '\r') return true;
    }
    return false;
}

/// The frame without the provider's own `id` and `retry`, which would take the place of ours.
void append_without_fields(std::string& out, std::string_view frame) {
    while (!frame.empty()) {
        auto end = std::min(frame.find_first_of("\r\n"), frame.size());
        if (frame.substr(end).starts_with("\r\n")) ++end;
        const auto line = frame.substr(0, end + 1);
        if (!has_field(line, "id") && !has_field(line, "retry")) out += line;
        frame.remove_prefix(line.size());
    }
}

std::string_view without_blank_line(std::string_view frame) {
    frame.remove_suffix(frame.ends_with("\r\n") ? 2 : 1);
    return frame;
}

}  // namespace

/// A comment, or a frame that is no event for want of data, is left out: beside an id some clients
/// take it for an empty event. The stream's own heartbeats fill its silences.
void frame_writer::append_numbered(std::string_view frame) {
    // A byte order mark counts at the beginning of a stream only, and ours goes ahead of it.
    if (std::exchange(first_, false) && frame.starts_with(byte_order_mark))
        frame.remove_prefix(byte_order_mark.size());
    if (!may_hold(frame, "data")) return;
    const auto sequence = journal_.next_sequence();
    text_.assign(sequence == 0 ? retry_line : "");
    const auto fields = without_blank_line(frame);
    if (may_hold(fields, "id") || may_hold(fields, "retry"))
        append_without_fields(text_, fields);
    else
        text_ += fields;
    end_with_id(text_, stream_id_, sequence);
    journal_.append(text_);
}

void end_with_id(std::string& out, std::string_view stream_id, std::uint64_t sequence) {
    out.append("id: ").append(stream_id).append("/").append(std::to_string(sequence));
    out.append("\n\n");
}

}  // namespace sluice::gateway
