#include "upstream/transfer_memory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

namespace sluice::upstream {

namespace {

/// libcurl's smallest send buffer, and what stands in front of it.
constexpr std::size_t buffer_bytes_min = 16 * 1024;
constexpr std::size_t buffer_bytes_max = buffer_bytes_min + 256;
/// Address space, of which only what is in use takes memory: enough for 100,000 transfers.
constexpr std::size_t reserved_bytes =
    sizeof(void*) < 8 ? 64U << 20 : std::size_t{2048} * 1024 * 1024;

/// Blocks of whole pages that read as zeros. Pages that nobody writes to take no memory.
class page_blocks {
 public:
    page_blocks() {
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        block_bytes_ = (buffer_bytes_max + page - 1) / page * page;
        constexpr int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
        void* got = mmap(nullptr, reserved_bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
        if (got == MAP_FAILED) return;
        // A huge page would be resident as a whole.
        madvise(got, reserved_bytes, MADV_NOHUGEPAGE);
        begin_ = next_ = static_cast<std::byte*>(got);
        end_ = begin_ + reserved_bytes;
    }

    /// Null: there is none left.
    void* take() {
        const std::lock_guard lock(mutex_);
        if (!spare_.empty()) {
            void* block = spare_.back();
            spare_.pop_back();
            return block;
        }
        if (static_cast<std::size_t>(end_ - next_) < block_bytes_) return nullptr;
        // Room for all of them, so that giving one back cannot fail.
        if (spare_.capacity() <= taken_) spare_.reserve(2 * taken_ + 64);
        ++taken_;
        void* block = next_;
        next_ += block_bytes_;
        return block;
    }

    void give(void* block) {
        // Zeros again, and no memory.
        if (madvise(block, block_bytes_, MADV_DONTNEED) != 0) std::memset(block, 0, block_bytes_);
        const std::lock_guard lock(mutex_);
        spare_.push_back(block);
    }

    bool owns(const void* memory) const { return memory >= begin_ && memory < end_; }

 private:
    std::size_t block_bytes_ = 0;
    std::byte* begin_ = nullptr;
    std::byte* end_ = nullptr;
    std::mutex mutex_;
    std::byte* next_ = nullptr;
    std::size_t taken_ = 0;
    std::vector<void*> spare_;
};

/// Never destroyed: libcurl may free until the very end of the process.
page_blocks& blocks() {
    static auto* const all = new page_blocks;
    return *all;
}

void release(void* memory) {
    if (memory != nullptr && blocks().owns(memory)) return blocks().give(memory);
    std::free(memory);
}

void* allocate_zeroed(std::size_t count, std::size_t size) {
    const bool fits = size != 0 && count <= buffer_bytes_max / size;
    if (fits && count * size >= buffer_bytes_min) {
        try {
            if (void* block = blocks().take()) return block;
        } catch (const std::bad_alloc&) {
            return nullptr;
        }
    }
    return std::calloc(count, size);
}

void* reallocate(void* memory, std::size_t size) {
    if (memory == nullptr || !blocks().owns(memory)) return std::realloc(memory, size);
    void* moved = std::malloc(size);
    if (moved == nullptr) return nullptr;
    std::memcpy(moved, memory, std::min(size, buffer_bytes_max));
    release(memory);
    return moved;
}

}  // namespace

CURLcode start_libcurl() {
    // Thread-safe by the rule for local statics; workers start at the same time.
    static const CURLcode result = curl_global_init_mem(
        CURL_GLOBAL_DEFAULT, std::malloc, release, reallocate, strdup, allocate_zeroed
    );
    return result;
}

}  // namespace sluice::upstream
