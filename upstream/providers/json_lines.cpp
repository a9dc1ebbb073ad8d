#include "upstream/providers/json_lines.hpp"

#include "upstream/providers/text.hpp"

namespace sluice::upstream {

void json_lines::feed(std::string_view bytes) {
    if (failed_) return;
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    buffer_ += bytes;
}

std::optional<json_lines::line> json_lines::next() {
    if (failed_) return {};
    const auto end = buffer_.find('\n', scanned_);
    const bool whole = end != std::string::npos;
    scanned_ = whole ? end + 1 : buffer_.size();
    const auto size = scanned_ - begin_;
    // A line that is still open will have its LF besides.
    if (whole ? size > line_bytes_max_ : size >= line_bytes_max_) {
        // The lines before it still point into the buffer.
        failed_ = true;
        return {};
    }
    if (!whole) return {};
    const auto raw = std::string_view(buffer_).substr(begin_, size);
    begin_ = scanned_;
    return line{raw, trim(raw)};
}

std::string_view json_lines::incomplete() const {
    return failed_ ? std::string_view() : std::string_view(buffer_).substr(begin_);
}

}  // namespace sluice::upstream
