#include "upstream/mock/sound.hpp"

#include "upstream/mock/hash.hpp"

namespace sluice::upstream::mock {

std::string make_sound(std::uint64_t seed) {
    constexpr int samples = 120;  // 5 ms
    constexpr int loudness = 6000;
    const int half_period = 20 + static_cast<int>(mix(seed) % 40);
    std::string out;
    for (int i = 0; i < samples; ++i) {
        // A triangle: whole numbers are the same on every machine.
        const int step = i % (2 * half_period);
        const int height = step < half_period ? step : 2 * half_period - step;
        const auto sample =
            static_cast<std::uint16_t>(height * 2 * loudness / half_period - loudness);
        out += static_cast<char>(sample & 0xffU);
        out += static_cast<char>(sample >> 8);
    }
    return out;
}

}  // namespace sluice::upstream::mock
