#pragma once

#include <array>
#include <cstddef>

namespace sluice::gateway {

/// Bytes that nobody can guess, for ids that open doors. Drawn in advance for some ids at a time:
/// each draw costs the same, whatever its size. Any thread. Throws std::runtime_error where the
/// system has none.
void fill_random(unsigned char* out, std::size_t size);

template <std::size_t Size>
std::array<unsigned char, Size> random_bytes() {
    std::array<unsigned char, Size> bytes;
    fill_random(bytes.data(), Size);
    return bytes;
}

}  // namespace sluice::gateway
