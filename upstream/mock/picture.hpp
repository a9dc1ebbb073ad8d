#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::upstream::mock {

/// The media type of what `make_png` makes.
inline constexpr const char* picture_type = "image/png";

/// A small picture whose colours the seed decides: the bytes of a PNG file of 8 by 8 pixels.
std::string make_png(std::uint64_t seed);

std::string encode_base64(std::string_view bytes);

}  // namespace sluice::upstream::mock
