#pragma once

#include "upstream/generation.hpp"

#include <cstddef>
#include <string_view>

namespace sluice::upstream {

/// Reads the head of an HTTP response line by line, as libcurl hands it out. Interim (1xx) heads
/// are skipped; what comes after the final head (trailers) is ignored.
class transfer_head {
 public:
    /// All lines together, interim heads included: a server can send those without end.
    static constexpr std::size_t bytes_max = 256 * 1024;
    static constexpr std::size_t fields_max = 512;

    /// One line with its line ending. False: malformed, or over a limit.
    bool feed(std::string_view line);

    /// Whether the server has said anything at all.
    bool begun() const { return bytes_ != 0; }
    bool complete() const { return part_ == part::after; }

    int status() const { return complete() ? status_ : 0; }
    const header_list& headers() const { return complete() ? headers_ : none(); }
    bool is_http2() const { return http2_; }

 private:
    enum class part { status, fields, after };

    static const header_list& none();
    bool feed_status(std::string_view line);
    bool feed_field(std::string_view line);
    void end_head();

    part part_ = part::status;
    int status_ = 0;
    bool http2_ = false;
    std::size_t bytes_ = 0;
    header_list headers_;
};

}  // namespace sluice::upstream
