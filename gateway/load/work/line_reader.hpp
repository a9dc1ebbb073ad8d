#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::gateway::load {

/// Reads a text file line by line with the memory of one line, as often as is wanted. Line ends are
/// LF or CRLF; a byte order mark and lines of white space alone are left out. Owned by one thread.
class line_reader {
 public:
    /// `bytes_max` is the most that one line may hold.
    line_reader(std::unique_ptr<std::istream> from, std::size_t bytes_max)
        : from_(std::move(from)), bytes_max_(bytes_max) {}

    /// Goes to the next line. False: there is none, or it is `too_long()`.
    bool next();
    /// Without its line end; valid until the next call of `next`.
    std::string_view line() const { return line_; }
    /// Of the line in its file, counted from 1.
    std::uint64_t number() const { return number_; }
    bool too_long() const { return too_long_; }
    std::size_t bytes_max() const { return bytes_max_; }

    /// Begins again with the first line.
    void rewind();

 private:
    bool read_line();

    std::unique_ptr<std::istream> from_;
    std::size_t bytes_max_;
    std::string line_;
    std::uint64_t number_ = 0;
    bool too_long_ = false;
};

/// Opens a file that can be read more than once. An error is a sentence that names it.
boost::system::result<std::unique_ptr<std::istream>, std::string> open_text(const std::string& path
);

}  // namespace sluice::gateway::load
