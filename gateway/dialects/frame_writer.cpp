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

bool is_event(std::string_view frame) {
    return frame.ends_with("\n\n") || frame.ends_with("\r\n\r\n") || frame.ends_with("\r\r");
}

void append_filled_comment(std::string& out, std::size_t bytes) {
    out += ": ";
    out.append(bytes - 2, '.');
}

}  // namespace

void frame_writer::remark(std::string_view text) {
    remark_.assign(": ").append(text);
    std::ranges::replace_if(
        remark_, [](char c) { return c < ' ' || c > '~'; }, '?'
    );
}

void frame_writer::append_remarked(std::string_view frame) {
    // What suffers is the frame alone; what is left of it takes the remark on its way out.
    if (faulty_) return hold(frame);
    if (!stream_id_.empty()) return append_numbered(frame);
    journal_.append(remarked(frame));
}

/// The frame behind the remark that waits. Google's clients know no comment but one that stands
/// apart, in their own line ends: glued to an event, it would cost them that event.
std::string frame_writer::remarked(std::string_view frame) {
    auto line = std::exchange(remark_, {});
    if (line.empty() || !is_event(frame)) return std::string(frame);
    line += frame.ends_with("\r\n\r\n") ? "\r\n\r\n" : "\n";
    // A byte order mark counts at the beginning of a stream only.
    if (journal_.next_sequence() == 0 && frame.starts_with(byte_order_mark)) {
        line.insert(0, byte_order_mark);
        frame.remove_prefix(byte_order_mark.size());
    }
    return line.append(frame);
}

/// A comment, or a frame that is no event for want of data, is left out: beside an id some clients
/// take it for an empty event. The stream's own heartbeats fill its silences.
void frame_writer::append_numbered(std::string_view frame, std::size_t comment_bytes) {
    // A byte order mark counts at the beginning of a stream only, and ours goes ahead of it.
    if (std::exchange(first_, false) && frame.starts_with(byte_order_mark))
        frame.remove_prefix(byte_order_mark.size());
    if (!may_hold(frame, "data")) return;
    const auto sequence = journal_.next_sequence();
    text_.assign(sequence == 0 ? retry_line : "");
    if (!remark_.empty()) text_.append(std::exchange(remark_, {})).append("\n");
    const auto fields = without_blank_line(frame);
    if (may_hold(fields, "id") || may_hold(fields, "retry"))
        append_without_fields(text_, fields);
    else
        text_ += fields;
    end_with_id(text_, stream_id_, sequence);
    // Without a blank line: beside an id some clients take that for an empty event.
    if (comment_bytes > 0) {
        append_filled_comment(text_, comment_bytes);
        text_ += '\n';
    }
    journal_.append(text_);
}

void frame_writer::suffer(const upstream::wire_fault& fault) {
    if (faulty_ && faulty_->events.fault() == fault) return;
    faulty_.reset();
    if (!fault) return;
    faulty_ = std::make_unique<faulty>(faulty{frame_faults(fault), cut_finder(fault), {}});
    // What went out before the fault was known counts among the body's bytes.
    for (auto at = journal_.first_sequence(); journal_.read(at, text_); ++at)
        faulty_->cut.see(at, text_, 0);
}

void frame_writer::hold(std::string_view frame) {
    faulty_->held.emplace_back(frame);
}

void frame_writer::write_held(const upstream::item* item) {
    write(faulty_->events.pass(faulty_->held, item));
    faulty_->held.clear();
}

void frame_writer::write(const std::vector<outgoing_frame>& frames) {
    for (const auto& frame : frames)
        write(frame);
}

void frame_writer::write(const outgoing_frame& frame) {
    const auto sequence = journal_.next_sequence();
    if (!stream_id_.empty()) {
        append_numbered(frame.bytes, frame.comment_bytes);
    } else {
        text_ = remarked(frame.bytes);
        if (frame.comment_bytes > 0) {
            append_filled_comment(text_, frame.comment_bytes);
            text_ += frame.bytes.ends_with("\r\n") ? "\r\n\r\n" : "\n\n";
        }
        journal_.append(text_);
    }
    if (journal_.next_sequence() != sequence) faulty_->cut.see(sequence, text_, frame.event);
    // A huge one is not held beside the journal.
    if (frame.comment_bytes > 0) std::string().swap(text_);
}

void end_with_id(std::string& out, std::string_view stream_id, std::uint64_t sequence) {
    out.append("id: ").append(stream_id).append("/").append(std::to_string(sequence));
    out.append("\n\n");
}

}  // namespace sluice::gateway
