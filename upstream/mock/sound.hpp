#pragma once

#include <cstdint>
#include <string>

namespace sluice::upstream::mock {

/// The media type of what `make_sound` makes: 16 bits, 24 kHz, one channel, no header.
inline constexpr const char* sound_type = "audio/pcm";

/// A short tone whose pitch the seed decides: samples of 16 bits, low byte first. A multiple of
/// three bytes, so that tones in base64 can be put behind each other.
std::string make_sound(std::uint64_t seed);

}  // namespace sluice::upstream::mock
