#pragma once

#include "upstream/generation.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace sluice::upstream {

/// The usage of an answer that several targets made: known parts are added up. What the targets
/// that broke off did not tell is estimated: output by items, input by that of the attempt next to
/// it, which was handed what was said between the two.
class summed_usage {
 public:
    /// An attempt broke off, having told this (or nothing) and delivered so many tokens.
    void close(const std::optional<usage>& told, std::int64_t output_items);
    /// The usage of all, where the attempt that goes on has told `latest`. Output that it has not
    /// told is not told of all either.
    usage with(const usage& latest) const;
    bool empty() const { return parts_.empty(); }

 private:
    struct part {
        usage told;
        std::int64_t output = 0;

        std::int64_t handed_over() const;
    };
    std::vector<std::optional<std::int64_t>> inputs_with(const usage& latest) const;

    std::vector<part> parts_;
};

}  // namespace sluice::upstream
