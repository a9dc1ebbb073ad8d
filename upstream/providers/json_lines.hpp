#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// Cuts bytes into the lines of newline-delimited JSON. The lines depend only on the bytes, never
/// on how they came. Only LF ends a line, as JSON strings can't hold one; a CR before it is white
/// space.
class json_lines {
 public:
    struct line {
        std::string_view raw;   ///< with its LF
        std::string_view text;  ///< without the white space around it; may be empty
    };

    /// `line_bytes_max` counts the LF as well.
    explicit json_lines(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

    void feed(std::string_view bytes);
    /// The next whole line, valid until the next `feed`. Nothing: feed more, or `failed()`.
    std::optional<line> next();
    /// A line exceeded the limit.
    bool failed() const { return failed_; }
    /// What came behind the last LF, once `next` has given nothing.
    std::string_view incomplete() const;

 private:
    std::size_t line_bytes_max_;
    std::string buffer_;
    std::size_t begin_ = 0;    // of the line that is next
    std::size_t scanned_ = 0;  // no LF stands between `begin_` and here
    bool failed_ = false;
};

}  // namespace sluice::upstream
