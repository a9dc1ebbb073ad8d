#include "gateway/dialects/gemini_frames.hpp"

#include <array>
#include <utility>

namespace sluice::gateway {

namespace {

/// Python's client, and JavaScript's before version 2, take an error event for a response without
/// content. Something that is no event behind the last one makes them fail as well: to a parser of
/// events it is a comment.
constexpr std::string_view broken_mark = ": the answer failed\r\n";

/// Python's client cuts lines where Python does: at these, too, which only texts can hold.
void append_on_one_line(std::string& out, std::string_view json) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 3> line_ends{{
        {"\xe2\x80\xa8", "\\u2028"},
        {"\xe2\x80\xa9", "\\u2029"},
        {"\xc2\x85", "\\u0085"},
    }};
    while (!json.empty()) {
        const auto at = json.find_first_of("\xe2\xc2");
        out += json.substr(0, at);
        if (at == std::string_view::npos) return;
        json.remove_prefix(at);
        std::size_t taken = 1;
        std::string_view written = json.substr(0, 1);
        for (const auto& [bytes, escape] : line_ends) {
            if (!json.starts_with(bytes)) continue;
            taken = bytes.size();
            written = escape;
        }
        out += written;
        json.remove_prefix(taken);
    }
}

}  // namespace

std::string gemini_frames::frame(std::string_view response) const {
    std::string made;
    if (form_ == gemini_form::array) {
        made = begun_ ? ",\r\n" : "[";
        return made += response;
    }
    made = "data: ";
    append_on_one_line(made, response);
    return made += "\r\n\r\n";
}

void gemini_frames::append(std::string_view response, frame_writer& out) {
    out.append(frame(response));
    begun_ = true;
}

void gemini_frames::end(frame_writer& out) {
    if (form_ == gemini_form::array) out.append(begun_ ? "]" : "[]");
}

void gemini_frames::fail(const upstream::failure& reason, frame_writer& out) {
    append(gemini_error(reason, upstream::to_string(reason.outcome)), out);
    out.append(form_ == gemini_form::array ? "]" : broken_mark);
}

/// A comment with its own blank line: else it would be glued to the next event, which then is lost.
std::string gemini_frames::heartbeat() const {
    return form_ == gemini_form::array ? "" : ":\r\n\r\n";
}

std::string gemini_frames::farewell(const upstream::failure& reason) const {
    auto text = frame(gemini_error(reason, upstream::to_string(reason.outcome)));
    return text += form_ == gemini_form::array ? "]" : broken_mark;
}

}  // namespace sluice::gateway
