#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <string_view>

namespace sluice::upstream {

/// Keeps the texts that the items of one batch point to. What is kept never moves until `clear`; a
/// usual batch fits the first block, so that no token costs an allocation. Where nothing is ever
/// kept, as on the transparent way, there is no block.
class batch_texts {
 public:
    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        if (!memory_) memory_ = std::make_unique<memory>();
        auto* copy = static_cast<char*>(memory_->resource.allocate(text.size(), 1));
        std::memcpy(copy, text.data(), text.size());
        return {copy, text.size()};
    }
    void clear() {
        if (memory_) memory_->resource.release();
    }
    /// Gives the block back as well.
    void free() { memory_.reset(); }

 private:
    struct memory {
        std::array<std::byte, 1024> first_block;  // a turn's worth of ordinary texts
        std::pmr::monotonic_buffer_resource resource{first_block.data(), first_block.size()};
    };

    std::unique_ptr<memory> memory_;
};

}  // namespace sluice::upstream
