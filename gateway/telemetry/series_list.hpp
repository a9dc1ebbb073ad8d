#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

namespace sluice::gateway {

/// Series of figures by their labels: a list that only grows, and no further than `series_max`;
/// what comes beyond that shares one series. One worker adds, and others may read meanwhile without
/// a lock: a series is whole before it is seen, and stays until the list dies.
///
/// `Series` is made of its labels, `Series::label_set`, which have `hash()` and `other()`.
template <class Series>
class series_list {
 public:
    using label_set = typename Series::label_set;
    static constexpr std::size_t series_max = 256;

    series_list() = default;
    series_list(const series_list&) = delete;
    series_list& operator=(const series_list&) = delete;

    /// Its worker's.
    Series& of(const label_set& labels) {
        const auto found = known_.find(labels);
        if (found != known_.end()) return *found->second;
        if (kept_.size() < series_max) return add(labels);
        return other_ ? *other_ : *(other_ = &append(label_set::other()));
    }

    /// Any thread's. The newest first.
    template <class Visit>
    void each(const Visit& visit) const {
        for (const node* at = newest_.load(std::memory_order_acquire); at; at = at->older)
            visit(at->series);
    }

 private:
    struct node {
        node(const label_set& labels, const node* older) : series(labels), older(older) {}
        Series series;
        const node* older;
    };
    struct hash_of {
        std::size_t operator()(const label_set& labels) const { return labels.hash(); }
    };

    Series& add(const label_set& labels) {
        auto& series = append(labels);
        known_.emplace(labels, &series);
        return series;
    }
    Series& append(const label_set& labels) {
        kept_.push_back(std::make_unique<node>(labels, newest_.load(std::memory_order_relaxed)));
        newest_.store(kept_.back().get(), std::memory_order_release);
        return kept_.back()->series;
    }

    std::atomic<const node*> newest_{nullptr};

    // The worker's own.
    std::vector<std::unique_ptr<node>> kept_;
    std::unordered_map<label_set, Series*, hash_of> known_;
    Series* other_ = nullptr;
};

/// Of several texts.
template <class... Texts>
std::size_t hash_together(const Texts&... texts) {
    std::size_t hash = 0;
    ((hash = hash * 31 + std::hash<Texts>{}(texts)), ...);
    return hash;
}

}  // namespace sluice::gateway
