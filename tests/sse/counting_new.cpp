#include "tests/sse/counting_new.hpp"

#include <cstdlib>
#include <new>

// In a file of its own: inlined into a caller, gcc takes the pair of malloc and free for a mistake.

namespace {
std::size_t allocations = 0;
}  // namespace

namespace sluice::sse::testing {
std::size_t allocation_count() {
    return allocations;
}
}  // namespace sluice::sse::testing

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}

void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
