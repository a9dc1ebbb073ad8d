#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::upstream {

/// Standard base64 with padding and without line ends.
std::string base64_encode(std::string_view bytes);
/// Nothing where the text is no base64 of that kind.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace sluice::upstream
