#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace sluice::upstream {

/// Reads a short text from its front: a date, a duration. What does not fit makes it `failed` for
/// good. Keeps no copy of the text.
class text_scanner {
 public:
    explicit text_scanner(std::string_view text) : rest_(text) {}

    bool at_end() const { return rest_.empty(); }
    bool failed() const { return failed_; }
    /// All of it was read, and fits.
    bool done() const { return !failed_ && rest_.empty(); }

    /// Whether the word comes next, which is read then.
    bool skip(std::string_view word) {
        const bool found = rest_.starts_with(word);
        if (found) rest_.remove_prefix(word.size());
        return found;
    }
    void expect(std::string_view word) {
        if (!skip(word)) failed_ = true;
    }
    /// A number of so many digits, nine at most.
    int number(std::size_t digits) {
        int value = 0;
        for (; digits > 0 && at_digit(); --digits)
            value = value * 10 + take_digit();
        if (digits > 0) failed_ = true;
        return value;
    }
    /// Digits, and a fraction after a point. Infinite where there are hundreds.
    double decimal() {
        double value = 0;
        if (!at_digit()) failed_ = true;
        while (at_digit())
            value = value * 10 + take_digit();
        if (!skip(".")) return value;
        if (!at_digit()) failed_ = true;
        for (double part = 0.1; at_digit(); part /= 10)
            value += part * take_digit();
        return value;
    }
    /// Which of the words comes next; the first that does.
    template <std::size_t Size>
    std::size_t one_of(const std::array<std::string_view, Size>& words) {
        for (std::size_t at = 0; at < Size; ++at) {
            if (skip(words[at])) return at;
        }
        failed_ = true;
        return 0;
    }

 private:
    bool at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }
    int take_digit() {
        const char first = rest_.front();
        rest_.remove_prefix(1);
        return first - '0';
    }

    std::string_view rest_;
    bool failed_ = false;
};

}  // namespace sluice::upstream
