#pragma once

#include "upstream/source.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <string>
#include <vector>

namespace sluice::upstream {

/// Whether an item is worth showing by itself: a delta that is not empty, or a finish.
bool is_content(const item& item);
bool has_content(const batch& batch);

/// Items that outlive their source's next take: what comes before the first content, until there is
/// some.
class held_items {
 public:
    /// Frames before the first content are few and small; a provider that sends more is broken.
    static constexpr std::size_t bytes_max = 1 << 20;

    void hold(const batch& from);
    /// Puts them ahead of what `out` has; their texts stay good until `clear`.
    void release(batch& out);
    void clear();

    bool too_many() const { return bytes_ > bytes_max || items_.size() > items_max; }
    /// Tokens of the prompt, where some item tells them.
    std::optional<std::int64_t> input_tokens() const;

 private:
    static constexpr std::size_t items_max = 65'536;

    std::list<std::string> texts_;  ///< own what the items point to
    std::vector<item> items_;
    std::size_t bytes_ = 0;
};

}  // namespace sluice::upstream
