#pragma once

#include <cstddef>

namespace sluice::sse::testing {

/// How often this program has allocated memory.
std::size_t allocation_count();

}  // namespace sluice::sse::testing
