#pragma once

#include "upstream/generation.hpp"

#include <cstddef>

namespace sluice::upstream::mock {

/// How much text an item holds.
std::size_t bytes_of(const item& item);

}  // namespace sluice::upstream::mock
