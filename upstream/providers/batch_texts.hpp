#pragma once

#include <array>
#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <string_view>

namespace sluice::upstream {

/// Keeps the texts that the items of one batch point to. What is kept never moves until `clear`; a
/// usual batch fits the first block, so that no token costs an allocation.
class batch_texts {
 public:
    batch_texts() = default;
    batch_texts(const batch_texts&) = delete;
    batch_texts& operator=(const batch_texts&) = delete;

    std::string_view keep(std::string_view text) {
        if (text.empty()) return {};
        auto* copy = static_cast<char*>(memory_.allocate(text.size(), 1));
        std::memcpy(copy, text.data(), text.size());
        return {copy, text.size()};
    }
    void clear() { memory_.release(); }

 private:
    std::array<std::byte, 4096> first_block_;  // two turns' worth of ordinary chunks
    std::pmr::monotonic_buffer_resource memory_{first_block_.data(), first_block_.size()};
};

}  // namespace sluice::upstream
