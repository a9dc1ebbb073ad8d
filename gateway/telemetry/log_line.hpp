#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace sluice::gateway {

/// Puts one line of the log together: the members of a JSON object, or `name=value` pairs.
///
/// There is a line for every request, so that no tree is built for it. Whatever bytes the values
/// hold, the line is valid, and one line.
class log_line {
 public:
    explicit log_line(bool as_json) : json_(as_json) { text_.reserve(400); }

    /// `name` is plain.
    void put(std::string_view name, std::string_view value);

    template <std::integral Number>
    void put(std::string_view name, Number value) {
        begin(name);
        if constexpr (std::same_as<Number, bool>) {
            text_ += value ? "true" : "false";
        } else {
            char digits[24];
            text_.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
        }
    }

    /// The pairs, or the members without the object's braces.
    const std::string& text() const { return text_; }

 private:
    void begin(std::string_view name);

    bool json_;
    std::string text_;
};

}  // namespace sluice::gateway
