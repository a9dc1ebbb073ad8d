#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace sluice::sse {

/// A queue with random access that reuses its slots: once grown, it never touches the heap again
/// (`std::deque` frees and allocates blocks as its contents move through it).
template <typename T>
class ring {
 public:
    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }

    T& operator[](std::size_t index) { return slots_[slot(index)]; }
    const T& operator[](std::size_t index) const { return slots_[slot(index)]; }

    const T& front() const { return (*this)[0]; }

    /// Makes sure that the next `push_back` can't fail.
    void reserve_one() {
        if (size_ == slots_.size()) grow();
    }

    void push_back(T value) {
        reserve_one();
        ++size_;
        (*this)[size_ - 1] = std::move(value);
    }

    T pop_front() {
        T value = std::move((*this)[0]);
        head_ = slot(1);
        --size_;
        return value;
    }

 private:
    // The number of slots is a power of two.
    std::size_t slot(std::size_t index) const { return (head_ + index) & (slots_.size() - 1); }

    void grow() {
        std::vector<T> larger(slots_.empty() ? 8 : 2 * slots_.size());
        for (std::size_t index = 0; index < size_; ++index) {
            larger[index] = std::move((*this)[index]);
        }
        slots_ = std::move(larger);
        head_ = 0;
    }

    std::vector<T> slots_;
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

}  // namespace sluice::sse
