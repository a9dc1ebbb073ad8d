#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::upstream {

/// Bytes of the well-formed UTF-8 character that `text` begins with; 0 where there is none.
std::size_t utf8_length(std::string_view text);

/// The whole text is well-formed UTF-8.
bool is_utf8(std::string_view text);

}  // namespace sluice::upstream
