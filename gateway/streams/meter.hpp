#pragma once

#include "upstream/generation.hpp"
#include "upstream/source.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace sluice::gateway {

/// What one generation amounted to, seen from its items. The provider's own count wins; a stream
/// that is cut before the provider tells is estimated at one token per content item.
class meter {
 public:
    using clock = std::chrono::steady_clock;

    void see(const upstream::batch& batch, clock::time_point now);

    /// When the first content came.
    std::optional<clock::time_point> first_content() const { return first_content_; }
    /// Items of content so far, about a token each.
    std::int64_t content_items() const { return content_items_; }
    /// Tokens generated so far.
    std::int64_t output_tokens() const { return usage_.output_tokens.value_or(content_items_); }
    /// The provider's usage, with the estimate where it told none.
    upstream::usage usage() const;

 private:
    std::optional<clock::time_point> first_content_;
    upstream::usage usage_;
    std::int64_t content_items_ = 0;
    bool told_finish_ = false;  ///< by the item before
};

}  // namespace sluice::gateway
