#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::gateway {

/// Whether JSON that comes in pieces has closed every brace that it opened, so that nothing but
/// white space can follow. Does not check that it is JSON.
class json_balance {
 public:
    void feed(std::string_view text) {
        for (const char c : text)
            step(c);
    }
    bool complete() const { return opened_ && depth_ == 0 && !in_string_; }

 private:
    void step(char c) {
        if (in_string_) {
            in_string_ = escaped_ || c != '"';
            escaped_ = !escaped_ && c == '\\';
        } else if (c == '"') {
            in_string_ = true;
        } else if (c == '{' || c == '[') {
            opened_ = true;
            ++depth_;
        } else if ((c == '}' || c == ']') && depth_ > 0) {
            --depth_;
        }
    }

    std::size_t depth_ = 0;
    bool opened_ = false;
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace sluice::gateway
