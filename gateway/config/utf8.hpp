#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::gateway {

/// Bytes of the well-formed UTF-8 character that `text` begins with; 0 where there is none.
std::size_t utf8_length(std::string_view text);

/// The whole text is well-formed UTF-8.
bool is_utf8(std::string_view text);

/// Some byte is a control character (CR, LF and NUL among them).
bool has_control_characters(std::string_view text);

}  // namespace sluice::gateway
