#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::gateway {

/// Where something stands in a file; both count from 1.
struct position {
    std::size_t line = 1;
    std::size_t column = 1;
    auto operator<=>(const position&) const = default;
};

/// Collects all that is wrong with one file, so that people mend it in one go.
class problems {
 public:
    explicit problems(std::string file, bool file_is_public = false)
        : file_(std::move(file)), file_is_public_(file_is_public) {}

    void add(position at, std::string message);
    /// Everybody on the machine can read the file: secrets must not stand in it.
    bool file_is_public() const { return file_is_public_; }
    bool any() const { return !found_.empty(); }
    /// Further ones are only counted: their messages need no care.
    bool full() const;

    /// In the order of the file, as `file:line:column: message`.
    std::vector<std::string> messages() const;

 private:
    struct problem {
        position at;
        std::string message;
    };

    std::string file_;
    bool file_is_public_;
    std::vector<problem> found_;
    std::size_t left_out_ = 0;
};

/// The text in single quotes, cut to a readable length, control characters as `?`.
std::string in_quotes(std::string_view text);

}  // namespace sluice::gateway
